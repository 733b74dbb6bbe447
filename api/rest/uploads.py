"""Large files in pieces, by tus 1.0: an upload goes on where it broke off."""

from fastapi import APIRouter, Request, Response

from akta.access.roles import Right
from api import resumable
from api.rest.deps import AppDep, Caller

router = APIRouter(tags=["intake"])


@router.options("/uploads", status_code=204, summary="What of tus is spoken here")
def options(app: AppDep, caller: Caller) -> Response:
    """Version, extensions, largest file, checksums."""
    caller.require(Right.ADD)
    return resumable.abilities(app)


@router.post("/uploads", status_code=201, summary="Announce a file")
async def create(request: Request, app: AppDep, caller: Caller) -> Response:
    """`Upload-Length` in bytes, `Upload-Metadata: filename <base64>`; go on at the answer's `Location`."""
    caller.require(Right.ADD)
    return await resumable.answered(request, lambda: resumable.create(request, app, caller, "api"))


@router.head("/uploads/{upload_id}", status_code=200, summary="How far a file is")
async def state(request: Request, upload_id: str, app: AppDep, caller: Caller) -> Response:
    """`Upload-Offset` is where to go on; `Akta-Receipt` is there once the file has one."""
    caller.require(Right.ADD)
    return await resumable.answered(request, lambda: resumable.state(app, caller, upload_id))


@router.patch("/uploads/{upload_id}", status_code=204, summary="Send a piece")
async def append(request: Request, upload_id: str, app: AppDep, caller: Caller) -> Response:
    """A piece from `Upload-Offset` on (409 if that is not where the last one ended).

    After the last byte the answer has `Akta-Receipt`; until then nothing is promised of the file. An empty
    piece at its end asks for the receipt again.
    """
    caller.require(Right.ADD)
    return await resumable.answered(request, lambda: resumable.append(request, app, caller, upload_id))


@router.delete("/uploads/{upload_id}", status_code=204, summary="Give a file up")
async def forget(request: Request, upload_id: str, app: AppDep, caller: Caller) -> Response:
    """What has arrived is thrown away."""
    caller.require(Right.ADD)
    return await resumable.answered(request, lambda: resumable.forget(app, caller, upload_id))
