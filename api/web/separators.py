"""Sheets to print and put between the papers of a pile, as people fetch them at the intake desk."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from akta.access.roles import Right
from api.downloads import download_headers
from api.web.session import VisitDep
from ingest.piles.plan import MOST_SHEETS

router = APIRouter()


@router.get("/intake/separators.pdf")
def sheets(visit: VisitDep, count: Annotated[int, Query(ge=1, le=MOST_SHEETS)] = 10) -> Response:
    """So many separator sheets. They are all the same and carry nothing of the archive."""
    visit.principal.require(Right.ADD)
    from ingest.piles.sheets import (
        separator_sheets,  # loads fonts and pictures, which a server at rest has not
    )

    return Response(
        separator_sheets(count), media_type="application/pdf", headers=download_headers("separators.pdf")
    )
