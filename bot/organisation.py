"""The organisation's provider of sign-ins, as the settings have it, and whether it can be used."""

from datetime import datetime
from typing import TYPE_CHECKING

from bot.config.environment import variable_name
from bot.config.reading import missing_line
from bot.config.settings import ConfigError, Settings
from bot.languages.sentences import Sentence, Text
from bot.web.organisation.account import ProviderUnusable

if TYPE_CHECKING:
    from bot.web.organisation.provider import Provider


def provider_from(settings: Settings) -> "Provider | None":
    """Returns the provider; None: nobody can sign in at the organisation.

    Raises:
        ConfigError: a setting is missing: one line for each.
    """
    oidc = settings.oidc
    known = type(oidc).model_fields
    lines: list[Text] = [missing_line(known, names, ("oidc",)) for names in oidc.missing()]
    if lines:
        raise ConfigError(lines)
    if not oidc.issuer or oidc.client_secret is None:
        return None
    from bot.web.organisation.provider import Client, Provider  # here, as few have this set

    secret = oidc.client_secret.get_secret_value()
    return Provider(Client(oidc.issuer, oidc.client_id, secret, oidc.scope, oidc.roles_claim))


async def provider_trouble(provider: "Provider", at: datetime) -> Text | None:
    """Returns what is wrong with the provider, after asking it; None: it can be used."""
    name = variable_name("oidc_issuer")
    try:
        await provider.keys(at)
    except ProviderUnusable as error:
        return Sentence("check.organisation_failed", name=name, trouble=error)
    return None
