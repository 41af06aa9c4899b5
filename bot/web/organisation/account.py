"""Who the organisation says has signed in, and why that can fail."""

from dataclasses import dataclass


class SignInFailed(Exception):
    """Somebody could not be signed in; the text says why, without anything about a person."""


class ProviderUnusable(SignInFailed):
    """The provider cannot be reached, or is not what the settings say."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who the organisation says has signed in.

    Attributes:
        issuer: the organisation's provider.
        subject: their id there, which is never anybody else's.
        name: how they recognise the account; empty: the provider does not say.
        roles: the values of the claim for roles.
    """

    issuer: str
    subject: str
    name: str
    roles: frozenset[str]
