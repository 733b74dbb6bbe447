"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import decisions, duplicates, holds, intake, pages, quality, records, review, search

router = APIRouter()
for part in (intake, records, search, review, decisions, duplicates, pages, holds, quality):
    router.include_router(part.router)
