"""Asking a provider over HTTP: no redirects, no long answers, no long waits."""

import json
import time
from typing import Any

from akta.kernel.errors import AktaError

_LONGEST = 1 << 20
_PIECE = 1 << 16
_CONNECT = 3.0


class ProviderDownError(AktaError):
    """The provider did not answer, or with what is no answer; trying again later may help."""

    code = "provider_unavailable"


def ask(
    method: str,
    url: str,
    *,
    seconds: float,
    ca: str = "",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object of an answer. Raises ProviderDownError."""
    import urllib3  # loaded here: many archives ask no provider

    until = time.monotonic() + 2 * seconds
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=min(_CONNECT, seconds), read=seconds),
        retries=False,
        ca_certs=ca or None,
    )
    try:
        answer = pool.request(
            method,
            url,
            body=body,
            headers={"Accept": "application/json", **(headers or {})},
            redirect=False,
            preload_content=False,
        )
        told = b""
        while piece := answer.read1(_PIECE):
            told += piece
            if len(told) > _LONGEST or time.monotonic() > until:
                answer.close()
                raise _down("an answer that is too long or too slow")
        status = answer.status
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _down(type(error).__name__) from error
    finally:
        pool.clear()
    if status >= 500 or 300 <= status < 400 or status == 429:
        raise _down(f"HTTP {status}")
    try:
        made = json.loads(told)
    except (ValueError, RecursionError) as error:
        raise _down(f"HTTP {status} and no JSON") from error
    if not isinstance(made, dict):
        raise _down(f"HTTP {status} and no JSON object")
    return status, made


def _down(why: str) -> ProviderDownError:
    return ProviderDownError(
        "The provider does not answer. Sign in with a password, or try again.", detail=why
    )
