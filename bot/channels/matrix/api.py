"""matrix-nio's client, and its errors as ours."""

from collections.abc import Awaitable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

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

T = TypeVar("T")
PASSWORD = "OLIEVLEK_MATRIX_PASSWORD"  # noqa: S105 - the setting's name
TOKEN = "OLIEVLEK_MATRIX_ACCESS_TOKEN"  # noqa: S105
LOGGED_OUT = ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED")
GONE = ("M_FORBIDDEN", "M_NOT_FOUND")
UNDERSTOOD = ("M_TOO_LARGE", "M_BAD_JSON", "M_INVALID_PARAM", "M_UNRECOGNIZED")


async def checked_response(response: Awaitable[T | ErrorResponse]) -> T:
    """What the homeserver answered.

    Raises:
        BadToken: we are logged out.
        Unreachable: there is no such room for us, or we may not do this there.
        Refused: it will not do it.
        NotNow: it may, later, or cannot be reached.
    """
    try:
        answer = await response
    except (ClientError, TimeoutError) as error:
        raise TemporaryFailure(_unreachable(error)) from None
    except (LocalProtocolError, ProtocolError) as error:  # a room we are not in (any more)
        raise Unreachable(str(error)) from error
    if isinstance(answer, ErrorResponse):
        raise error_of(answer.status_code, answer.message, answer.retry_after_ms)
    return answer


def error_of(code: str | None, message: str, retry_after_ms: int | None = None) -> SendError:
    """A Matrix error, by its `errcode`, as one of ours."""
    told = f"{code or 'no errcode'}: {message}"
    if code == "M_LIMIT_EXCEEDED":
        return TemporaryFailure(told, timedelta(milliseconds=retry_after_ms or 1_000))
    if code in LOGGED_OUT:
        return InvalidCredentials(PASSWORD)
    if code in GONE:
        return Unreachable(told)
    if code in UNDERSTOOD:
        return MessageRejected(told)
    return TemporaryFailure(told)


async def call(
    client: AsyncClient, method: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A call of the client-server API that the library has no method for.

    Args:
        client: logged in.
        method: of HTTP.
        path: below `/_matrix/client/v3`, its parts quoted.
        body: to send as JSON.

    Raises:
        SendError: as `asked`.
    """
    return _checked(*await call_unchecked(client, method, path, body))


async def call_unchecked(
    client: AsyncClient, method: str, path: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    """The HTTP status and what came with it, whatever they are."""
    headers = {"Authorization": f"Bearer {client.access_token}"}
    data = None if body is None else Api.to_json(body)
    try:
        response = await client.send(method, f"/_matrix/client/v3{path}", data, headers)
        async with response:
            try:
                return response.status, await response.json(content_type=None) or {}
            except ValueError:
                return response.status, {}
    except (ClientError, TimeoutError) as error:
        raise TemporaryFailure(_unreachable(error)) from None


async def account_data(client: AsyncClient, kind: str) -> dict[str, Any]:
    """What the homeserver keeps for our account under `kind`; nothing where there is nothing.

    Raises:
        SendError: as `asked`.
    """
    status, answer = await call_unchecked(client, "GET", _account_data(client, kind))
    if status == HTTPStatus.NOT_FOUND:
        return {}
    return _checked(status, answer)


async def keep_account_data(client: AsyncClient, kind: str, content: dict[str, Any]) -> None:
    """Has the homeserver keep `content` instead.

    Raises:
        SendError: as `asked`.
    """
    await call(client, "PUT", _account_data(client, kind), content)


def _account_data(client: AsyncClient, kind: str) -> str:
    return f"/user/{quote_path(client.user_id)}/account_data/{quote_path(kind)}"


def _checked(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    if status < HTTPStatus.BAD_REQUEST:
        return answer
    code, told = answer.get("errcode"), str(answer.get("error"))
    raise error_of(code, told, answer.get("retry_after_ms"))


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
