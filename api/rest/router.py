"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import (
    decisions,
    duplicates,
    holds,
    intake,
    pages,
    parties,
    quality,
    records,
    review,
    search,
    types,
)

router = APIRouter()
for part in (intake, records, search, review, decisions, duplicates, pages, holds, types, parties, quality):
    router.include_router(part.router)
