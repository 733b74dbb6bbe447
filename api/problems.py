"""Errors as RFC 9457 problem documents: one `type` for each code. Pages get a page instead."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from akta.kernel.errors import AktaError

log = structlog.get_logger("akta.http")

#: HTTP status of each error code; what is not here is a mistake of ours: 500.
STATUS = {
    "not_found": 404,
    "forbidden": 403,
    "invalid": 422,
    "conflict": 409,
    "stale": 412,
    "held": 423,
    "query_invalid": 422,
    "sign_in_failed": 401,
    "sign_in_expired": 401,
    "wrong_code": 422,
    "second_factor_unreadable": 409,
    "proof_needed": 403,
    "provider_refused": 401,
    "provider_unavailable": 503,
    "unauthenticated": 401,
    "throttled": 429,
    "csrf": 403,
    "too_large": 413,
    "precondition_required": 428,
    "idempotency_reused": 422,
    "database_unavailable": 503,
    "database_damaged": 503,
    "storage_unavailable": 503,
    "storage_full": 507,
    "index_unavailable": 503,
    "index_damaged": 503,
    "index_busy": 503,
    "blob_missing": 404,
    "not_due": 409,
    "ledger": 409,
    "ledger_ahead": 503,
    "export_gone": 410,
    "export_withheld": 409,
    "schedule_invalid": 422,
    "type_invalid": 422,
    "subject_needed": 422,
    "import_refused": 422,
    "fiscal_calendar_invalid": 422,
    "case_closed": 409,
    "class_locked": 409,
    "simulation_needed": 409,
    "second_person_needed": 403,
    "upload_offset": 409,
    "upload_busy": 423,
    "tus_version": 412,
    "not_a_piece": 415,
    "checksum_mismatch": 460,
    "link_over": 410,
    "bad_upload": 400,
    "upload_idle": 408,
    "error": 400,
}
#: Facts about an error that a caller may see.
_SHOWN = {
    "record",
    "version",
    "position",
    "fields",
    "field",
    "holds",
    "state",
    "limit",
    "right",
    "known",
    "line",
    "errors",
    "findings",
    "cls",
    "doc_type",
    "shortened",
    "offset",
}


class UnauthenticatedError(AktaError):
    """No valid session or token."""

    code = "unauthenticated"


def problem(request: Request, error: AktaError) -> JSONResponse:
    """The answer to a request that failed with `error`, its sentence in the caller's language."""
    status = STATUS.get(error.code, 500)
    body: dict[str, Any] = {
        "type": f"urn:akta:problem:{error.code}",
        "title": error.code.replace("_", " "),
        "status": status,
        "detail": _said(request, error),
        "instance": request.url.path,
        "code": error.code,
        **{k: v for k, v in error.params.items() if k in _SHOWN},
    }
    headers = {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if status in (429, 503):
        headers["retry-after"] = "900" if status == 429 else "2"
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def _said(request: Request, error: AktaError) -> str:
    """The sentence; a caller who is not known, or has chosen no language, reads English."""
    language = getattr(request.state, "language", "")
    if language in ("", "en"):
        return error.message
    said: str = request.app.state.translate(error.message, language)
    return said


def install_problem_handlers(api: FastAPI) -> None:
    """Turn every error into a problem document, or into a page for requests of pages."""

    async def on_akta(request: Request, error: Exception) -> Response:
        assert isinstance(error, AktaError)
        if STATUS.get(error.code, 500) >= 500:
            log.warning("http.error", code=error.code, detail=str(error.params.get("detail", ""))[:200])
        return _answer(request, error)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        fields = [
            {"field": ".".join(str(part) for part in e["loc"][1:]), "problem": e["msg"]}
            for e in error.errors()
        ]
        told = AktaError("Something in the request is missing or has the wrong form.", fields=fields)
        told.code = "invalid"
        return _answer(request, told)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "error")
        told = AktaError("There is nothing here." if error.status_code == 404 else str(error.detail))
        told.code = code
        response = _answer(request, told)
        response.status_code = error.status_code
        return response

    async def on_any(request: Request, error: Exception) -> Response:
        log.error("http.crash", error=type(error).__name__, exc_info=error)
        told = AktaError("Something went wrong on our side. Nothing was changed; try again.")
        told.code = "internal"
        return _answer(request, told)

    api.add_exception_handler(AktaError, on_akta)
    api.add_exception_handler(RequestValidationError, on_validation)
    api.add_exception_handler(HTTPException, on_http)
    api.add_exception_handler(Exception, on_any)


def _answer(request: Request, error: AktaError) -> Response:
    wants_page = not request.url.path.startswith(("/v1/", "/health", "/metrics")) and "text/html" in (
        request.headers.get("accept", "")
    )
    if wants_page:
        page = request.app.state.error_page
        response = page(request, error, STATUS.get(error.code, 500))
        assert isinstance(response, Response)
        return response
    return problem(request, error)
