"""The form that writes a query: the same language in fields, for those who would rather choose."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from akta.access.roles import DOMAINS, Right
from akta.records.doctypes.current import current
from api.web import labels, search_labels
from api.web.pages import part
from api.web.session import Visit, VisitDep
from indexer.query.builder import FORM_FIELDS, OPERATORS, RANGED, Form, Row, read, write

router = APIRouter()
_ROWS = 30
#: Values to choose from, where there are few.
_CLOSED = {
    "domain": (*DOMAINS, "other"),
    "state": ("filed", "review", "quarantined", "rejected", "received", "reading"),
    "language": ("pl", "en", "de"),
    "hold": ("yes", "no"),
    "currency": ("PLN", "EUR", "USD", "GBP"),
    "channel": tuple(labels.CHANNELS),
}
Text = Annotated[str, Query(max_length=2000)]
Texts = Annotated[list[str], Query(max_length=_ROWS)]


def builder(visit: Visit, q: str) -> dict[str, Any]:
    """What the form shows of a query; a row more than it has, to fill in."""
    language = visit.language
    form = read(q)
    tree = current()
    types = [(code, labels.doc_type(code, language)) for code in tree.types if tree.given(code)]
    values = {
        name: [(code, search_labels.value(name, code, language, {})) for code in dict.fromkeys(codes)]
        for name, codes in _CLOSED.items()
    }
    values["type"] = sorted(types, key=lambda pair: labels.sort_key(pair[1]))
    return {
        "form": form,
        "form_rows": [*form.rows, Row("party", "is", "")],
        "form_phrases": form.phrases or ("",),
        "form_fields": [(code, search_labels.field(code, language)) for code in FORM_FIELDS],
        "form_operators": [(code, search_labels.operator(code, language)) for code in OPERATORS],
        "form_values": values,
        "ranged": RANGED,
    }


@router.get("/search/builder")
def form_of(request: Request, visit: VisitDep, q: Text = "") -> Response:
    """The form alone, with what it can show of a query."""
    visit.principal.require(Right.READ)
    return part(request, "search_builder.html", visit, q=q, **builder(visit, q))


@router.get("/search/build")
def build(
    request: Request,
    visit: VisitDep,
    words: Text = "",
    any_of: Text = "",
    without: Text = "",
    rest: Text = "",
    phrase: Texts = [],  # noqa: B006 - FastAPI copies it
    field: Texts = [],  # noqa: B006
    operator: Texts = [],  # noqa: B006
    value: Texts = [],  # noqa: B006
    other: Texts = [],  # noqa: B006
) -> Response:
    """The query that the form says: as data for the page's script, else as a search for it."""
    visit.principal.require(Right.READ)
    rows = tuple(
        Row(name, sign, said[:300], end[:300])
        for name, sign, said, end in zip(field, operator, value, other, strict=False)
        if name in FORM_FIELDS and sign in OPERATORS
    )
    q = write(Form(words, any_of, tuple(phrase), without, rows, rest), visit.language)[:2000]
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"q": q})
    return RedirectResponse("/search?" + urlencode({"q": q}), 303)
