"""Style sheets, pictures and scripts: the same for everybody, so browsers keep them."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from bot.web.pages.render.rendering import STATIC
from bot.web.pages.render.theme import Theme

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
FOR_A_YEAR = "public, max-age=31536000, immutable"


def theme_file(theme: Theme) -> Callable[[Request], Awaitable[Response]]:
    """Returns what answers with the files of an organisation's theme."""

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in theme.files:
            raise HTTPException(404)
        return Response(
            theme.files[name],
            media_type=TYPES[Path(name).suffix],
            headers={"Cache-Control": FOR_A_YEAR},
        )

    return answer


async def static_file(request: Request) -> Response:
    """Returns a file; its path has a digest of its content, so it never changes."""
    file = STATIC / request.path_params["name"]
    if file.parent != STATIC or file.suffix not in TYPES or not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, media_type=TYPES[file.suffix], headers={"Cache-Control": FOR_A_YEAR})
