"""All pages."""

from fastapi import APIRouter

from api.web import (
    account,
    audit,
    changes,
    dispositions,
    duplicates,
    events,
    exports,
    files,
    holds,
    intake,
    parties,
    piles,
    quality,
    query_form,
    record,
    related,
    requests,
    retention,
    review,
    schedules,
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
    dispositions,
    requests,
    parties,
    quality,
    holds,
    account,
    audit,
    types,
    events,
    schedules,
    retention,
):
    router.include_router(part.router)
