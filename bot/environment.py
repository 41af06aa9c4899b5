"""How settings are named in the environment, and the kinds of value that several of them share."""

from typing import Annotated

from pydantic import AfterValidator

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
