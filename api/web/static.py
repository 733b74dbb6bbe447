"""Our own style sheets and scripts, with their hash in the address so that they can be cached for good."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}


@cache
def static_url(name: str) -> str:
    """The address of a static file."""
    digest = sha256((_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


def mount_static(api: FastAPI) -> None:
    """Serve the files of `static/`; the hash in the address is not checked, it only changes it."""
    names = {path.name for path in _FOLDER.iterdir() if path.suffix in _TYPES}

    async def serve(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in names:
            return Response("There is no such file.\n", 404, media_type="text/plain")
        path = _FOLDER / name
        headers = {"cache-control": "public, max-age=31536000, immutable"}
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)

    api.add_route("/static/{digest}/{name}", serve, include_in_schema=False)
    api.add_route(
        "/favicon.ico",
        lambda _r: FileResponse(_FOLDER / "akta.svg", media_type="image/svg+xml"),
        include_in_schema=False,
    )
