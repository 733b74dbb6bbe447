"""Pages about the pages: the keys, and the parts that everything is made of."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.web.pages import page
from api.web.session import VisitDep

router = APIRouter()
#: The colours of the style sheet that text is written in, and those it stands on.
_TEXTS = ("ink", "quiet", "accent", "harm", "doubt", "kept")


@router.get("/keys")
def keys(request: Request, visit: VisitDep) -> Response:
    """What the keys do; the same list that `?` opens."""
    return page(request, "keys.html", visit)


@router.get("/components")
def components(request: Request, visit: VisitDep) -> Response:
    """Every part of the pages in use, for those who write or check pages."""
    return page(request, "components.html", visit, texts=_TEXTS)
