"""Versions of the classifier over HTTP: for officers and administrators."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from api.rest.deps import AppDep, Caller

router = APIRouter(tags=["models"])


@router.get("/models", summary="Versions of the classifier")
def list_models(app: AppDep, caller: Caller) -> dict[str, Any]:
    """All trained versions with what they were trained on and how they compared, and which one judges now."""
    with app.database.read() as session:
        return app.models.list(session, caller)


@router.post("/models/train", status_code=202, summary="Have a version trained")
def train_model(app: AppDep, caller: Caller) -> dict[str, Any]:
    """A job after all others trains on reviewed papers; it promotes what is better on those held back."""
    with app.database.write() as session:
        count = app.models.ask_to_train(session, caller)
    app.wake_workers()
    return {"accepted": True, "reviewed_papers": count}


@router.post("/models/rollback", summary="Return to the version before")
def roll_back_model(app: AppDep, caller: Caller) -> dict[str, Any]:
    """The version before judges from the next paper on; what was filed stays as it is."""
    with app.database.write() as session:
        return {"in_force": app.models.rollback(session, caller)}


@router.get("/models/{version}", summary="One version of the classifier")
def get_model(version: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """What it was trained on, and how it compared by domain."""
    with app.database.read() as session:
        return app.models.one(session, caller, version)


@router.post("/models/{version}/promote", summary="Let a version judge")
def promote_model(
    version: str,
    app: AppDep,
    caller: Caller,
    force: Annotated[bool, Body(embed=True, description="even if it compared worse")] = False,
) -> dict[str, Any]:
    """It judges from the next paper on. 409 if it compared worse in a domain, unless forced."""
    with app.database.write() as session:
        return app.models.promote(session, caller, version, force=force)
