"""For every answer: security headers, a request id, one log line, one count."""

import re
import time
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("akta.http")

REQUESTS = Counter("akta_http_requests_total", "HTTP requests", ["method", "route", "status"])
SECONDS = Histogram(
    "akta_http_request_seconds",
    "Time to the end of the answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)

#: No script or style but our own files; nothing from elsewhere; no framing.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}
#: Bytes of a body that is no upload: a form or JSON. Uploads are streamed and have a limit of their own.
MOST_BODY = 1024**2
_UNBOUNDED = "akta.body_unbounded"

#: Methods counted by name. A stranger may call a method anything, and each name would stay in memory.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")


class BodyTooLargeError(HTTPException):
    """The body is longer than a form or JSON may be."""

    def __init__(self) -> None:
        super().__init__(413, f"The request is longer than {MOST_BODY} bytes.")


def lift_body_limit(request: Request) -> None:
    """For one that takes the body as a stream and counts for itself; to be called before reading."""
    request.scope[_UNBOUNDED] = True


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """`receive` that raises BodyTooLargeError once more came than a form or JSON may have.

    FastAPI's own limit answers in plain text and around this middleware, so without its headers.
    """
    taken = 0

    async def counting() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request" and not scope.get(_UNBOUNDED):
            taken += len(message.get("body", b""))
            if taken > MOST_BODY:
                raise BodyTooLargeError
        return message

    return counting


class GuardMiddleware:
    """Wraps the whole application (plain ASGI, so that streams are not buffered)."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.match(given) else uuid4().hex
        status = 500

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers["x-request-id"] = request_id
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")
                if self._https:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._app(scope, _bounded(scope, receive), guarded)
            finally:
                seconds = time.perf_counter() - started
                route = getattr(scope.get("route"), "path", "unmatched")
                method = scope["method"] if scope["method"] in _METHODS else "other"
                REQUESTS.labels(method, route, str(status)).inc()
                SECONDS.labels(route).observe(seconds)
                # The path may hold a query someone typed; only the route is logged.
                log.info(
                    "http.request",
                    method=method,
                    route=route,
                    status=status,
                    seconds=round(seconds, 4),
                )
