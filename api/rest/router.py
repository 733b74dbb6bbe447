"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import (
    decisions,
    dispositions,
    duplicates,
    exports,
    holds,
    intake,
    models,
    pages,
    parties,
    quality,
    records,
    requests,
    review,
    search,
    searches,
    transfers,
    types,
)

router = APIRouter()
for part in (
    intake,
    records,
    search,
    searches,
    exports,
    review,
    decisions,
    duplicates,
    pages,
    holds,
    dispositions,
    transfers,
    requests,
    models,
    types,
    parties,
    quality,
):
    router.include_router(part.router)
