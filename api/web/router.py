"""All pages."""

from fastapi import APIRouter

from api.web import account, intake, piles, record, review, search, sign_in

router = APIRouter()
for part in (sign_in, intake, review, record, piles, search, account):
    router.include_router(part.router)
