"""All pages."""

from fastapi import APIRouter

from api.web import account, intake, record, search, sign_in

router = APIRouter()
for part in (sign_in, intake, record, search, account):
    router.include_router(part.router)
