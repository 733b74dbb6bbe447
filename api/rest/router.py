"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import decisions, holds, intake, pages, quality, records, review, search

router = APIRouter()
for part in (intake, records, search, review, decisions, pages, holds, quality):
    router.include_router(part.router)
