"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import (
    decisions,
    duplicates,
    holds,
    intake,
    models,
    pages,
    parties,
    quality,
    records,
    review,
    search,
    types,
)

router = APIRouter()
for part in (
    intake,
    records,
    search,
    review,
    decisions,
    duplicates,
    pages,
    holds,
    models,
    types,
    parties,
    quality,
):
    router.include_router(part.router)
