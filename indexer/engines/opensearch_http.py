"""Talking to an OpenSearch server: JSON over HTTP, and what its answers mean."""

import json
import os
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import urllib3

from akta.kernel.errors import InvalidError
from indexer.model import IndexDamagedError, IndexUnavailableError

_CONNECT = 5.0
#: Seconds that a search may take: somebody waits for it.
_LOOK = 10.0
#: What a server answers that is overloaded, starting or losing a node; it passes.
_PASSING = (429, 502, 503, 504)
_TOO_LONG = ("too_many_clauses", "too_many_nested_clauses", "maxclausecount", "nested depth")


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the server is and who asks.

    `index` is the alias that is searched; `ca` a file with the certificate of who vouches for the
    server, empty for those that the system trusts; `patience` the seconds that one answer may take.
    """

    url: str
    index: str = "akta"
    user: str = ""
    password: str = ""
    ca: str = ""
    patience: float = 30.0


class Server:
    """One OpenSearch server or cluster. Safe for several threads."""

    def __init__(self, options: ServerOptions) -> None:
        self._url = options.url.rstrip("/")
        self._headers = {"Accept": "application/json"}
        if options.user:
            told = b64encode(f"{options.user}:{options.password}".encode()).decode("ascii")
            self._headers["Authorization"] = f"Basic {told}"
        self._patience = options.patience
        self._ca = options.ca or None
        self._connect()

    def _connect(self) -> None:
        self._process = os.getpid()
        self._pool = urllib3.PoolManager(maxsize=10, ca_certs=self._ca)

    def look(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a search or a count, in less time than others may take."""
        return self.ask("POST", path, body, seconds=min(_LOOK, self._patience))

    def ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        *,
        again: bool = True,
        taken: bool = False,
        seconds: float | None = None,
    ) -> dict[str, Any] | None:
        """The answer, None where what was asked for is not there.

        `body` as bytes is a list of actions, one a line. `again`: asking twice does no harm, so a
        broken connection is tried again. `taken`: that what is to be made is there already is no
        error. Raises IndexUnavailableError for what passes, IndexDamagedError
        for what does not, InvalidError for a query that is too long for the server.
        """
        headers = dict(self._headers)
        if body is not None:
            kind = "x-ndjson" if isinstance(body, bytes) else "json"
            headers["Content-Type"] = f"application/{kind}"
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode("ascii")
        if self._process != os.getpid():
            self._connect()  # a fork: two processes must not talk over one connection
        patience = self._patience if seconds is None else seconds
        try:
            answer = self._pool.request(
                method,
                self._url + path,
                body=sent,
                headers=headers,
                redirect=False,
                timeout=urllib3.Timeout(connect=min(_CONNECT, patience), read=patience),
                retries=urllib3.Retry(
                    total=2 if again else 0,
                    read=1 if again else 0,
                    backoff_factor=0.1,
                    allowed_methods=None,
                    status_forcelist=_PASSING,
                    raise_on_status=False,
                    respect_retry_after_header=False,
                ),
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise IndexUnavailableError("The search server does not answer. Try again.") from error
        if answer.status in _PASSING:
            raise IndexUnavailableError("The search server cannot answer now. Try again.")
        if answer.status in (401, 403):
            raise IndexUnavailableError("The search server does not let Akta in; see AKTA_OPENSEARCH_USER.")
        try:
            told = json.loads(answer.data)
        except ValueError as error:
            raise refused("an answer that is none of OpenSearch") from error
        if answer.status == 404:
            return None
        if not isinstance(told, dict) or (answer.status >= 300 and not (taken and _is_there(told))):
            _tell(answer.status, told)
        made: dict[str, Any] = told
        return made

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


def refused(why: str) -> IndexDamagedError:
    """The error for an index or a server that is not as Akta left it."""
    return IndexDamagedError(f"The search server gives {why}. Records are safe; run 'akta reindex'.")


def _is_there(told: dict[str, Any]) -> bool:
    error = told.get("error")
    return isinstance(error, dict) and error.get("type") == "resource_already_exists_exception"


def _tell(status: int, told: Any) -> None:
    """Raise what an error in an answer means; its text may hold words of papers and is not repeated."""
    error = told.get("error") if isinstance(told, dict) else None
    kind = str(error.get("type", "")) if isinstance(error, dict) else ""
    if any(sign in json.dumps(told).lower() for sign in _TOO_LONG):
        raise InvalidError("This query is too long for the search server. Leave some words out.")
    if status >= 500:
        raise IndexUnavailableError("The search server cannot answer now. Try again.")
    raise refused(f"an error ({kind or 'unknown'})")
