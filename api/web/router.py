"""All pages."""

from fastapi import APIRouter

from api.web import (
    account,
    audit,
    changes,
    duplicates,
    exports,
    files,
    intake,
    parties,
    piles,
    quality,
    query_form,
    record,
    related,
    review,
    search,
    searches,
    sign_in,
    types,
)

router = APIRouter()
for part in (
    sign_in,
    intake,
    review,
    record,
    files,
    changes,
    duplicates,
    piles,
    search,
    query_form,
    related,
    searches,
    exports,
    parties,
    quality,
    account,
    audit,
    types,
):
    router.include_router(part.router)
