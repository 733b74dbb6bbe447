"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import decisions, holds, intake, pages, records, search

router = APIRouter()
for part in (intake, records, search, decisions, pages, holds):
    router.include_router(part.router)
