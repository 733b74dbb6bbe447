"""All REST endpoints."""

from fastapi import APIRouter

from api.rest import decisions, holds, intake, records, search

router = APIRouter()
for part in (intake, records, search, decisions, holds):
    router.include_router(part.router)
