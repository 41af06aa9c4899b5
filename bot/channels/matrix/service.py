"""The settings of Matrix, and how the channel is built from them."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from bot.channels.base import Channel
from bot.channels.service import ChannelContext, ChannelSettings, Service, secret_value
from bot.config.environment import WebAddress, WrongValue
from bot.languages.sentences import Sentence


def _user(user: str) -> str:
    if user and not re.fullmatch(r"@[^:\s]+:\S+|[a-z0-9._=/+-]+", user):
        raise WrongValue(Sentence("setting.matrix_user"))
    return user


def _servers(names: str) -> str:
    if re.search(r"[/@]|[^\s,]\s+[^\s,]", names):
        raise WrongValue(Sentence("setting.matrix_servers"))
    return names


class MatrixSettings(ChannelSettings):
    """The settings whose names begin with `OLIEVLEK_MATRIX_`."""

    homeserver: WebAddress = ""
    user: Annotated[
        str,
        AfterValidator(_user),
        Field(description="obtain.matrix_user"),
    ] = ""
    password: SecretStr | None = None
    access_token: SecretStr | None = None
    allowed_servers: Annotated[str, AfterValidator(_servers)] = ""
    allow_unencrypted: bool = False

    def missing(self) -> Iterator[tuple[str, ...]]:
        """Yields the account if it is not set; otherwise what logs it in."""
        if not self.user:
            yield ("user",)
        elif self.password is None and self.access_token is None:
            yield ("password", "access_token")


def build(settings: MatrixSettings, context: ChannelContext) -> Channel:
    """Returns the bot's account on Matrix; it is not logged in yet."""
    from bot.channels.matrix.channel import Matrix
    from bot.channels.matrix.client.account import Login
    from bot.channels.matrix.rooms.rooms import AllowedServers

    login = Login(
        homeserver=settings.homeserver.rstrip("/"),
        user=settings.user,
        password=secret_value(settings.password),
        access_token=secret_value(settings.access_token),
        pickle_key=context.key,
    )
    allowed = AllowedServers.of(settings.allowed_servers.split(","))
    return Matrix(
        login,
        context.folder,
        context.clock,
        context.choices,
        allowed,
        allow_unencrypted=settings.allow_unencrypted,
    )


SERVICE = Service(
    settings=MatrixSettings, enabled_by="homeserver", build=build, needs_secret_key=True
)
