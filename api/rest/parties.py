"""Parties over HTTP: who papers name, under which spellings, and which of them are one."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from akta.access.roles import Right
from akta.records.parties.suggestions import list_suggestions
from akta.records.parties.visible import described, list_parties, party_detail
from api.rest.deps import AppDep, Caller, check_cursor
from api.rest.schemas import PartyApartIn, PartyMergeIn, PartyNameIn, PartySplitIn
from ingest.parties.forest import as_data

router = APIRouter(tags=["parties"])


@router.get("/parties", summary="Companies and persons that papers name")
def get_parties(
    app: AppDep,
    caller: Caller,
    q: Annotated[str, Query(max_length=300, description="words of a name, or a number")] = "",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Newest first; only parties, spellings and counts of records that the caller may see."""
    caller.require(Right.READ)
    with app.database.read() as session:
        items, after = list_parties(session, caller, q, after=check_cursor(cursor), limit=limit)
    return {"items": items, "next_cursor": after}


@router.get("/parties/suggestions", summary="Parties that are likely the same")
def get_suggestions(
    app: AppDep,
    caller: Caller,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Surest first, with what both have in common; merge them or keep them apart."""
    caller.require(Right.READ)
    with app.database.read() as session:
        items, after = list_suggestions(session, caller, offset=offset, limit=limit)
    return {"items": items, "next_offset": after}


@router.get("/parties/{party_id}", summary="One party")
def get_party(
    party_id: str,
    app: AppDep,
    caller: Caller,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Spellings, identifiers, records (newest first), and the merges that can be taken back."""
    caller.require(Right.READ)
    with app.database.read() as session:
        return party_detail(
            session, caller, party_id, after=check_cursor(cursor), limit=limit, language=caller.language
        )


@router.post("/parties/{party_id}/merge", summary="Merge other parties into this one")
def merge(party_id: str, body: PartyMergeIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Papers stay as they are; the merge can be taken back at any time."""
    with app.database.write() as session:
        return as_data(app.party_decisions.merge(session, caller, party_id, body.others, body.reason))


@router.post("/parties/{party_id}/keep-apart", summary="Say that two parties are not the same")
def keep_apart(party_id: str, body: PartyApartIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """They are suggested and linked no more."""
    with app.database.write() as session:
        app.party_decisions.keep_apart(session, caller, party_id, body.other)
    return {"parties": [party_id, body.other], "apart": True}


@router.post("/parties/{party_id}/split", summary="Say that one spelling is another party")
def split(party_id: str, body: PartySplitIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """The papers with the spelling, and those to come, go to a party of their own."""
    with app.database.write() as session:
        answer = as_data(app.party_decisions.split(session, caller, party_id, body.spelling, body.reason))
    app.wake_workers()
    return answer


@router.post("/parties/{party_id}/rename", summary="Name a party")
def rename(party_id: str, body: PartyNameIn, app: AppDep, caller: Caller) -> dict[str, Any]:
    """The name under which it is shown; papers keep their spellings."""
    with app.database.write() as session:
        root = app.party_decisions.rename(session, caller, party_id, body.name).id
        session.flush()
        return described(session, caller, [root])[root]


@router.post("/party-merges/{merge_id}/undo", summary="Take a merge, a link or a split back")
def undo(merge_id: str, app: AppDep, caller: Caller) -> dict[str, Any]:
    """Parties are told apart again, each with its papers, those that came meanwhile too."""
    with app.database.write() as session:
        answer = as_data(app.party_decisions.undo(session, caller, merge_id))
    app.wake_workers()
    return answer
