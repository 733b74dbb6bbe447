"""The tree of document types. Officers define types of their own; see `ingest.doctypes`."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Response

from akta.access.roles import Right
from akta.kernel.errors import InvalidError, NotFoundError
from akta.records.doctypes.current import current
from api.rest.deps import MOST_DIGITS, AppDep, Caller
from api.rest.schemas import TypesIn
from ingest.doctypes.loading import TypeDefinitionError, read_types
from ingest.doctypes.service import in_order, view

router = APIRouter(tags=["types"])


@router.get("/types", summary="The tree of document types")
def list_types(caller: Caller) -> dict[str, Any]:
    """All types, each after the one above it; `definition` is there for those defined here."""
    caller.require(Right.READ)
    tree = current()
    return {"items": [view(tree, found) for _, found in in_order(tree)]}


@router.post("/types/validate", summary="Check definitions")
def validate(body: TypesIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Checks definitions in YAML; a mistake comes with line and key. Nothing is changed."""
    caller.require(Right.SCHEDULE)
    try:
        with app.database.read() as session:
            made = app.doctypes.checked(session, caller, read_types(body.yaml))
    except TypeDefinitionError as error:
        params = error.params
        problem = {"line": params.get("line"), "field": params.get("field"), "problem": error.message}
        return {"valid": False, "types": [], "errors": [problem]}
    return {"valid": True, "types": made, "errors": []}


@router.put("/types/{code}", summary="Define, disable or enable a type")
def put_type(
    code: str,
    definition: Annotated[dict[str, Any], Body(description="as in a file of types; or only `active`")],
    app: AppDep,
    caller: Caller,
    response: Response,
    if_match: Annotated[str | None, Header(description="ETag of the type as you saw it")] = None,
) -> dict[str, Any]:
    """The definition, or `{"active": false}` to give no more papers this type (`true`: again).

    Each change is a new version; the same definition again changes nothing. With `If-Match` a
    definition that somebody changed meanwhile is not overwritten.
    """
    caller.require(Right.SCHEDULE)
    with app.database.write() as session:
        if set(definition) == {"active"}:
            if not isinstance(definition["active"], bool):
                raise InvalidError("'active' is true or false.", field="active")
            app.doctypes.set_active(session, caller, code, definition["active"])
        else:
            app.doctypes.put(session, caller, code, definition, expected_version=_version(if_match, code))
    tree = current()
    found = tree.get(code)
    if found is None:
        raise NotFoundError(f"There is no document type '{code[:40]}'.")
    response.headers["etag"] = f'"{code}.{found.version}"'
    return view(tree, found)


def _version(if_match: str | None, code: str) -> int | None:
    """The version in an ETag, None without one. Raises InvalidError for what is no ETag of the type."""
    if if_match is None:
        return None
    of, _, version = if_match.strip().removeprefix("W/").strip('"').rpartition(".")
    if of != code or not version.isdecimal() or len(version) > MOST_DIGITS:
        raise InvalidError("The If-Match header is not an ETag of this type.")
    return int(version)
