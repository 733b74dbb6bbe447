"""All pages."""

from fastapi import APIRouter

from api.web import (
    account,
    changes,
    duplicates,
    files,
    intake,
    parties,
    piles,
    quality,
    record,
    review,
    search,
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
    parties,
    quality,
    account,
    types,
):
    router.include_router(part.router)
