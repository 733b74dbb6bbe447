"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import (
    audit,
    decisions,
    duplicates,
    exports,
    holds,
    intake,
    models,
    pages,
    parties,
    quality,
    records,
    review,
    search,
    searches,
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
    models,
    types,
    parties,
    quality,
    audit,
):
    router.include_router(part.router)
