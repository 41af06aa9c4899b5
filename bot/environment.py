"""How settings are named in the environment, and the kinds of value that several of them share."""

from collections.abc import Iterable
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
