"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import (
    cases,
    decisions,
    duplicates,
    events,
    exports,
    holds,
    intake,
    models,
    pages,
    parties,
    quality,
    records,
    retention,
    review,
    schedules,
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
    cases,
    events,
    schedules,
    retention,
):
    router.include_router(part.router)
