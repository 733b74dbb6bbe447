"""Asking a provider over HTTP: no redirects, no long answers, no long waits."""

import json
import threading
from queue import Empty, SimpleQueue
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
    """The status and the JSON object of an answer, within twice so many seconds. Raises ProviderDownError."""
    # Asked in a thread that can be left behind: a wait of the library ends with each byte that comes, and a
    # provider that sends one now and then would be waited for as long as it likes.
    answered: SimpleQueue[tuple[int, bytes] | ProviderDownError] = SimpleQueue()

    def run() -> None:
        try:
            answered.put(_asked(method, url, seconds=seconds, ca=ca, headers=headers or {}, body=body))
        except ProviderDownError as error:
            answered.put(error)

    threading.Thread(target=run, name="provider", daemon=True).start()
    try:
        told = answered.get(timeout=2 * seconds)
    except Empty:
        raise _down("an answer that is too slow") from None
    if isinstance(told, ProviderDownError):
        raise told
    status, content = told
    if status >= 500 or 300 <= status < 400 or status == 429:
        raise _down(f"HTTP {status}")
    try:
        made = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _down(f"HTTP {status} and no JSON") from error
    if not isinstance(made, dict):
        raise _down(f"HTTP {status} and no JSON object")
    return status, made


def _asked(
    method: str, url: str, *, seconds: float, ca: str, headers: dict[str, str], body: bytes | None
) -> tuple[int, bytes]:
    """The status and the bytes of an answer. Raises ProviderDownError."""
    import urllib3  # loaded here: many archives ask no provider

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
            headers={"Accept": "application/json", **headers},
            redirect=False,
            preload_content=False,
        )
        told = b""
        while piece := answer.read1(_PIECE):
            told += piece
            if len(told) > _LONGEST:
                answer.close()
                raise _down("an answer that is too long")
        return answer.status, told
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _down(type(error).__name__) from error
    finally:
        pool.clear()


def _down(why: str) -> ProviderDownError:
    return ProviderDownError(
        "The provider does not answer. Sign in with a password, or try again.", detail=why
    )
