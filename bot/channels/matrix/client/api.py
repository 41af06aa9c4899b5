"""Calls of matrix-nio's client, with its errors translated into those of `bot.channels.base`."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from aiohttp import ClientError
from nio import Api, AsyncClient, ErrorResponse
from nio.exceptions import LocalProtocolError, ProtocolError

from bot.channels.base import (
    InvalidCredentials,
    MessageRejected,
    SendError,
    TemporaryFailure,
    Unreachable,
)
from bot.config.environment import variable_name
from bot.masking import without_text

log = structlog.get_logger(__name__)
T = TypeVar("T")
PASSWORD = variable_name("matrix", "password")
TOKEN = variable_name("matrix", "access_token")
LOGGED_OUT = ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED")
GONE = ("M_FORBIDDEN", "M_NOT_FOUND")
SHORTEST_WAIT_MS = 100
LONGEST_WAIT_MS = 3_600_000
REJECTED = ("M_TOO_LARGE", "M_BAD_JSON", "M_INVALID_PARAM", "M_UNRECOGNIZED")


async def checked_response(response: Awaitable[T | ErrorResponse]) -> T:
    """Returns what the homeserver answered.

    Raises:
        InvalidCredentials: this device is logged out.
        Unreachable: the bot is not in that room, or may not do this there.
        MessageRejected: the homeserver will not do it.
        TemporaryFailure: it may do it later, or cannot be reached.
    """
    try:
        answer = await response
    except (ClientError, TimeoutError) as error:
        raise TemporaryFailure(_unreachable(error)) from None
    except (LocalProtocolError, ProtocolError) as error:  # a room that the bot is not in (any more)
        raise Unreachable(str(error)) from error
    if isinstance(answer, ErrorResponse):
        raise error_of(answer.status_code, answer.message, answer.retry_after_ms)
    return answer


def parsed(ask: Callable[[], Awaitable[T]]) -> Callable[[], Awaitable[T]]:
    """Returns a function that asks the same; what nothing can be made of is a `TemporaryFailure`.

    Whatever the library's parser stumbles over must not end the program, which serves other
    channels too.
    """

    async def asked() -> T:
        try:
            return await ask()
        except SendError:
            raise
        except Exception as error:
            log.error("an answer of the homeserver cannot be parsed", **without_text(error))
            raise TemporaryFailure("the answer cannot be parsed") from None

    return asked


def error_of(code: str | None, message: str, retry_after_ms: object = None) -> SendError:
    """Returns our error for a Matrix error, by its `errcode`.

    Args:
        code: the `errcode`; None: there was none.
        message: what the homeserver says about it.
        retry_after_ms: how long it asks to wait, whatever it wrote there.
    """
    text = f"{code or 'no errcode'}: {message}"
    if code == "M_LIMIT_EXCEEDED":
        return TemporaryFailure(text, _asked_wait(retry_after_ms))
    if code in LOGGED_OUT:
        return InvalidCredentials(PASSWORD)
    if code in GONE:
        return Unreachable(text)
    if code in REJECTED:
        return MessageRejected(text)
    return TemporaryFailure(text)


def _asked_wait(milliseconds: object) -> timedelta:
    """Returns how long to wait: within bounds, and a second if the homeserver does not say."""
    if not isinstance(milliseconds, int | float) or not milliseconds > 0:  # NaN is in JSON too
        return timedelta(seconds=1)
    return timedelta(milliseconds=min(max(milliseconds, SHORTEST_WAIT_MS), LONGEST_WAIT_MS))


async def call(
    client: AsyncClient, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Makes a call of the client-server API that the library has no method for.

    Args:
        client: logged in.
        method: the HTTP method.
        path: below `/_matrix/client/v3`, with its parts quoted.
        body: sent as JSON.

    Raises:
        SendError: as `checked_response`.
    """
    return _checked(*await call_unchecked(client, method, path, body))


async def call_unchecked(
    client: AsyncClient, method: str, path: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    """Makes the same call; returns the HTTP status and the JSON, also those of an error.

    Raises:
        TemporaryFailure: the homeserver cannot be reached, or something else answered.
    """
    headers = {"Authorization": f"Bearer {client.access_token}"}
    data = None if body is None else Api.to_json(body)
    try:
        response = await client.send(method, f"/_matrix/client/v3{path}", data, headers)
        async with response:
            try:
                answer = await response.json(content_type=None)
            except ValueError:
                answer = None
    except (ClientError, TimeoutError) as error:
        raise TemporaryFailure(_unreachable(error)) from None
    if isinstance(answer, dict):
        return response.status, answer
    if response.status < HTTPStatus.BAD_REQUEST:  # by something else than the homeserver
        raise TemporaryFailure("the answer is no JSON object")
    return response.status, {}


async def account_data(client: AsyncClient, kind: str) -> dict[str, Any]:
    """Returns the account data of this type; empty if the homeserver has none.

    Raises:
        SendError: as `checked_response`.
    """
    status, answer = await call_unchecked(client, "GET", _account_data(client, kind))
    if status == HTTPStatus.NOT_FOUND and answer.get("errcode") == "M_NOT_FOUND":
        return {}
    return _checked(status, answer)


async def save_account_data(client: AsyncClient, kind: str, content: dict[str, Any]) -> None:
    """Replaces the account data of this type by `content`.

    Raises:
        SendError: as `checked_response`.
    """
    await call(client, "PUT", _account_data(client, kind), content)


def _account_data(client: AsyncClient, kind: str) -> str:
    return f"/user/{quote_path(client.user_id)}/account_data/{quote_path(kind)}"


def _checked(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    if status < HTTPStatus.BAD_REQUEST:
        return answer
    code, text = answer.get("errcode"), str(answer.get("error"))
    raise error_of(code, text, answer.get("retry_after_ms"))


def _unreachable(error: Exception) -> str:
    return f"the homeserver cannot be reached ({str(error) or type(error).__name__})"


async def close_client(client: AsyncClient) -> None:
    """Closes the client's connections, and the database of its keys."""
    await client.close()
    if client.store is not None:
        client.store.database.close()


def quote_path(text: str) -> str:
    """A part of a path."""
    return quote(text, safe="")
