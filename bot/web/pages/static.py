"""Style sheets, the script and pictures: the same for everybody, so browsers keep them."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from bot.web.pages.rendering import STATIC

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
FOR_A_YEAR = "public, max-age=31536000, immutable"


async def static_file(request: Request) -> Response:
    """Returns a file; its path has a digest of its content, so it never changes."""
    file = STATIC / request.path_params["name"]
    if file.parent != STATIC or file.suffix not in TYPES or not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, media_type=TYPES[file.suffix], headers={"Cache-Control": FOR_A_YEAR})
