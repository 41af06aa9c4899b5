"""How settings are named in the environment, and the kinds of value that several of them share."""

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, BaseModel

from bot.languages.sentences import Sentence

PREFIX = "OLIEVLEK_"


def variable_name(*path: str) -> str:
    """Returns the variable of a setting: `OLIEVLEK_TELEGRAM_TOKEN` of `telegram` and `token`."""
    return PREFIX + "_".join(path).upper()


class WrongValue(ValueError):
    """A setting that holds what it cannot.

    Args:
        remedy: what it should hold.
    """

    def __init__(self, remedy: Sentence) -> None:
        super().__init__(remedy)
        self.remedy = remedy


class MayHoldPassword:
    """Marks, within `Annotated`, a setting that is no secret but may have a password in it."""


def _web_address(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise WrongValue(Sentence("setting.web_address"))
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""An address that begins with http:// or https://; empty: none."""


class SettingsSection(BaseModel):
    """Settings that share the first word of their names.

    The field `token` of the section `telegram` is read from `OLIEVLEK_TELEGRAM_TOKEN`. A field of
    type `SecretStr` is shown in no message and no log. A field's `description` names the
    message of the command line that says how to get a value, for the line that reports it missing.
    """

    def missing(self) -> Iterable[tuple[str, ...]]:
        """Returns the fields that still have to be set, once what the section is about is on.

        Returns:
            A tuple of alternatives for each; one of them is enough.
        """
        return ()


def _networks(text: str) -> str:
    try:
        split_networks(text)
    except ValueError as error:
        raise WrongValue(Sentence("setting.networks")) from error
    return text


def split_networks(text: str) -> tuple[str, ...]:
    """Returns addresses and networks that are separated by commas, as IP networks in text.

    Raises:
        ValueError: one of them is neither an IP address nor a network.
    """
    return tuple(str(ip_network(part.strip())) for part in text.split(",") if part.strip())


Networks = Annotated[str, AfterValidator(_networks)]
"""IP addresses and networks, separated by commas: `127.0.0.1,10.0.0.0/8`; empty: none."""


def _contact(text: str) -> str:
    if text and not text.startswith(("https://", "mailto:", "tel:")):
        raise WrongValue(Sentence("setting.contact"))
    return text


Contact = Annotated[str, AfterValidator(_contact)]
"""Where somebody can be reached, as a URI, which is what RFC 9116 asks for; empty: nowhere."""
