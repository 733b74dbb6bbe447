"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import (
    audit,
    cases,
    decisions,
    dispositions,
    duplicates,
    events,
    exports,
    holds,
    intake,
    links,
    models,
    pages,
    parties,
    quality,
    records,
    requests,
    retention,
    review,
    schedules,
    search,
    searches,
    transfers,
    types,
    uploads,
)

router = APIRouter()
# They are tried in this order for each request, so what is asked most comes first.
for part in (
    search,
    records,
    intake,
    uploads,
    links,
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
    cases,
    events,
    schedules,
    retention,
    audit,
):
    router.include_router(part.router)
