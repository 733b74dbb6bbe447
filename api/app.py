"""The web application: health, metrics, REST and pages over one `App`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from akta import VERSION
from akta.bootstrap import App
from api import health
from api.middleware import GuardMiddleware
from api.problems import install_problem_handlers
from api.rest import router as rest
from api.text import check_text
from api.web import router as web
from api.web.i18n import translate
from api.web.pages import error_page
from api.web.session import DutyError, SignInNeededError, to_duty, to_sign_in
from api.web.static import mount_static


def create_api(app: App) -> FastAPI:
    """The ASGI application."""

    @asynccontextmanager
    async def lifespan(_api: FastAPI) -> AsyncIterator[None]:
        yield
        app.close()

    api = FastAPI(
        title="Akta",
        version=VERSION,
        summary="Document and records service: read, file, find, keep, let go.",
        docs_url=None,  # the bundled page would load scripts from elsewhere
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        lifespan=lifespan,
        dependencies=[Depends(check_text)],
    )
    api.state.akta = app
    api.state.error_page = error_page
    api.state.translate = translate
    api.add_exception_handler(SignInNeededError, to_sign_in)
    api.add_exception_handler(DutyError, to_duty)
    install_problem_handlers(api)
    api.include_router(health.router)
    api.include_router(rest.router, prefix="/v1")
    api.include_router(web.router, include_in_schema=False)
    mount_static(api)
    api.add_middleware(GuardMiddleware, https=app.settings.public_https)
    hosts = [h.strip() for h in app.settings.trusted_hosts.split(",") if h.strip()]
    if hosts:
        api.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    return api
