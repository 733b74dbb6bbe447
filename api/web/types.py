"""The page that lists the tree of document types."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from akta.access.roles import DOMAINS, Right
from akta.records.doctypes.current import current
from akta.records.doctypes.sensitive import sensitive_fields
from akta.records.doctypes.tree import DocType, TypeTree
from api.web import labels
from api.web.pages import page
from api.web.session import VisitDep
from ingest.doctypes.service import in_order
from ingest.fields.forms import wanted_fields

router = APIRouter()


@router.get("/types")
def show(request: Request, visit: VisitDep) -> Response:
    """All types by domain, finer ones set in under the type they belong to."""
    visit.principal.require(Right.READ)
    tree, language = current(), visit.language
    types = [(depth, found) for depth, found in in_order(tree, language)]
    groups = [
        {
            "domain": domain,
            "types": [_row(tree, found, depth, language) for depth, found in types if found.domain == domain],
        }
        for domain in DOMAINS
    ]
    may_define = visit.principal.may(Right.SCHEDULE)
    return page(request, "types.html", visit, groups=groups, may_define=may_define)


def _row(tree: TypeTree, found: DocType, depth: int, language: str) -> dict[str, Any]:
    fields = wanted_fields(found.code, tree) if found.own or found.parent else {}
    hidden = sensitive_fields(found.code, found.domain, tree)
    return {
        "code": found.code,
        "name": labels.doc_type(found.code, language),
        "other": found.en if language == "pl" else found.pl,
        "depth": depth,
        "own": found.own,
        "version": found.version,
        "given": tree.given(found.code),
        "class": found.class_code or "",
        "fields": ", ".join(labels.field(name, language) + " ••••" * (name in hidden) for name in fields),
    }
