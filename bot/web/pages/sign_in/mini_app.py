"""What a Mini App posts: what the platform handed its page, as the one field of a small form."""

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

FIELD = "init_data"
MAX_BYTES = 16_384  # what Telegram hands over has some hundreds


async def init_data_of(request: Request) -> str:
    """Returns what was posted in the form's one field; empty when that is not what was posted.

    Raises:
        HTTPException: it is larger than it can be.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=1)
    except ClientDisconnect as error:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from error
    except ValueError:
        return ""
    return dict(pairs).get(FIELD, "")
