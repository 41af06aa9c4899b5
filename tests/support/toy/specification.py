"""A toy as a channel among others: everything that a channel has to bring."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from bot.channels.base import Channel
from bot.channels.service import ChannelContext, ChannelSettings, Service, secret_value
from bot.channels.specification import AddressForm, ChannelSpecification
from tests.support.fakes import FakeChannel

BROKEN = "breaks-"


def _token(token: SecretStr | None) -> SecretStr | None:
    if token is not None and not re.fullmatch(r"[a-z-]+\d+", token.get_secret_value()):
        raise ValueError("should be letters and a number")
    return token


class ToySettings(ChannelSettings):
    """The settings whose names begin with `OLIEVLEK_TOY_`."""

    token: Annotated[
        SecretStr | None, AfterValidator(_token), Field(description="from the toy shop")
    ] = None
    colour: Annotated[str, Field(description="look at the box")] = ""
    wheels: Annotated[int, Field(ge=2, le=4)] = 4

    def missing(self) -> Iterator[tuple[str, ...]]:
        """Yields the colour if there is none."""
        if not self.colour:
            yield ("colour",)


@dataclass
class ToyChannel(FakeChannel):
    """A fake channel with a name of its own."""

    name: str = "toy"
    settings: ToySettings | None = None


def build(settings: ToySettings, _: ChannelContext) -> Channel:
    """Returns the channel; a token that breaks it shows what becomes of an exception."""
    token = secret_value(settings.token) or ""
    if token.startswith(BROKEN):
        raise RuntimeError(f"{token} does not fit")
    return ToyChannel(settings=settings)


SPECIFICATION = ChannelSpecification(
    name="toy",
    title="Toy",
    address=AddressForm(r"\d+", "NUMBER", remark="not its name"),
    service=lambda: Service(settings=ToySettings, enabled_by="token", build=build),
    link_carries_code=True,
)
