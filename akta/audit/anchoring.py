"""Anchors: the signed head of the log, copied to places that whoever rewrites the database does not reach.

- `audit.jsonl` beside the database, once a minute while the log grows;
- `daily.jsonl` once a day and when Akta stops, with the token of a time-stamp authority where there is one;
- each daily one as a file of its own at a second place (a folder elsewhere, a bucket), where there is one.

A day's work is safe once it is anchored: it can be rewritten unseen only by somebody who also rewrites
every place that an anchor went to, and has the key; and not at all where a time stamp was kept.
"""

import base64
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from akta.audit.log import AuditLog, SignedHead, append_anchor, append_line, end_of
from akta.audit.stamping import StampAuthority
from akta.audit.verifier import canonical, head_message, read_instant
from akta.db.engine import Database
from akta.kernel.clock import Clock
from akta.kernel.errors import AktaError
from akta.storage.places import Place

#: After an authority or a place that failed.
_AGAIN = timedelta(minutes=15)
#: When Akta stops nobody waits long for an authority.
_CLOSING_SECONDS = 3.0
_COPIED_AGAIN = 400

log = structlog.get_logger("akta.audit")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A signed head that was kept outside. `at` is what our clock said; `token` is the authority's word."""

    head: SignedHead
    at: datetime
    token: bytes | None = None

    def as_line(self) -> str:
        token = base64.b64encode(self.token).decode("ascii") if self.token is not None else None
        return canonical(
            {
                "seq": self.head.seq,
                "hash": self.head.hash,
                "signature": self.head.signature,
                "at": self.at.isoformat(),
                "token": token,
            }
        )

    @property
    def name(self) -> str:
        """Its name at a second place; sorts by number."""
        kind = "stamped" if self.token is not None else "plain"
        return f"{self.head.seq:015d}-{self.head.hash[:16]}-{kind}.json"


def parse_anchor(text: str) -> Anchor:
    """An anchor from its line. Raises ValueError."""
    try:
        item: dict[str, Any] = json.loads(text)
        token, seq = item.get("token"), item["seq"]
        at = read_instant(item["at"])
        if at is None:
            raise ValueError("an anchor of no instant")
        if type(seq) is not int or not 0 <= seq < 1 << 63:
            raise ValueError("an anchor of no entry")
        digest, signature = str(item["hash"]), str(item["signature"])
        if not digest.isalnum() or not (digest + signature).isascii():
            raise ValueError("an anchor of no hash")
        return Anchor(
            SignedHead(seq, digest, signature),
            at,
            None if token is None else base64.b64decode(token, validate=True),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("no anchor") from error


class Anchoring:
    """Keeps anchors. Several processes may do so at once: one does, the others go on."""

    def __init__(
        self,
        folder: Path,
        audit: AuditLog,
        clock: Clock,
        authority: StampAuthority | None = None,
        open_place: Callable[[], Place] | None = None,
    ) -> None:
        self.folder = folder
        self.authority = authority
        self._audit = audit
        self._clock = clock
        self._open_place = open_place
        self._not_before: datetime | None = None
        self._copied_up_to: str | None = None

    @property
    def minutes(self) -> Path:
        return self.folder / "audit.jsonl"

    @property
    def daily(self) -> Path:
        return self.folder / "daily.jsonl"

    def place(self) -> Place | None:
        """The second place, if there is one. Raises StorageError."""
        return None if self._open_place is None else self._open_place()

    def keep(self, database: Database, *, closing: bool = False) -> Anchor | None:
        """Anchor what is new; returns a daily anchor if one was due. `closing`: Akta stops."""
        with self._turn() as mine:
            if not mine:
                return None
            with database.read() as session:
                head = self._audit.head(session)
            if head is None:
                return None
            now = self._clock.now()
            append_anchor(self.minutes, head, now)
            last = self._last()
            due = self._is_due(head, last, now, closing=closing)
            made = self._make(head, now, closing=closing) if due else None
            self._copy(closing=closing)
            return made

    def now(self, database: Database) -> Anchor | None:
        """Anchor at once, whatever was anchored before; None if the log is empty.

        Raises StampError, StorageError where the authority or the second place fails; the anchor in our
        own files is kept all the same.
        """
        with self._turn(wait=True):
            with database.read() as session:
                head = self._audit.head(session)
            if head is None:
                return None
            now = self._clock.now()
            append_anchor(self.minutes, head, now)
            failed: AktaError | None = None
            token = None
            try:
                token = self._stamped(head, None)
            except AktaError as error:
                failed = error
            made = Anchor(head, now, token)
            append_line(self.daily, made.as_line())
            self._copied()
            if failed is not None:
                raise failed
            return made

    # -- parts -------------------------------------------------------------

    def _is_due(self, head: SignedHead, last: Anchor | None, now: datetime, *, closing: bool) -> bool:
        if last is None or (head.seq != last.head.seq and closing):
            return True
        lacks = self.authority is not None and last.token is None
        if head.seq == last.head.seq and not lacks:
            return False
        if now.astimezone(UTC).date() != last.at.astimezone(UTC).date():
            return True
        return lacks and not self._resting(now) and not closing

    def _make(self, head: SignedHead, now: datetime, *, closing: bool) -> Anchor:
        token = None
        if self.authority is not None and not self._resting(now):
            try:
                token = self._stamped(head, _CLOSING_SECONDS if closing else None)
            except AktaError as error:
                self._not_before = now + _AGAIN
                log.warning("audit.not_stamped", error=error.code, said=error.message)
        made = Anchor(head, now, token)
        append_line(self.daily, made.as_line())
        return made

    def _stamped(self, head: SignedHead, seconds: float | None) -> bytes | None:
        if self.authority is None:
            return None
        return self.authority.stamp(head_message(head.seq, head.hash), seconds)

    def _copy(self, *, closing: bool) -> None:
        now = self._clock.now()
        if self._open_place is None or (self._resting(now) and not closing):
            return
        try:
            self._copied()
        except AktaError as error:
            self._not_before = now + _AGAIN
            log.warning("audit.not_copied", error=error.code, said=error.message)

    def _copied(self) -> None:
        """Bring the second place up to date: also with what it missed while it was away."""
        last = self._last()
        if self._open_place is None or last is None or self._copied_up_to == last.name:
            return
        place = self._open_place()
        there = set(place.names())
        for anchor in list(self.daily_anchors())[-_COPIED_AGAIN:]:
            if anchor.name not in there:
                place.put(anchor.name, anchor.as_line().encode())
        self._copied_up_to = last.name

    def _resting(self, now: datetime) -> bool:
        return self._not_before is not None and now < self._not_before

    def daily_anchors(self) -> Iterator[Anchor]:
        """The daily anchors of our own file; half a line of a crash is passed over."""
        if not self.daily.exists():
            return
        for line in self.daily.read_text("utf-8", "replace").splitlines():
            try:
                yield parse_anchor(line)
            except ValueError:
                continue

    def last(self) -> Anchor | None:
        """The newest daily anchor; None before the first."""
        return self._last()

    def _last(self) -> Anchor | None:
        for line in reversed(end_of(self.daily).decode("utf-8", "replace").splitlines()):
            try:
                return parse_anchor(line)
            except ValueError:  # half a line: of a crash, or where what was read begins
                continue
        return None

    @contextmanager
    def _turn(self, *, wait: bool = False) -> Iterator[bool]:
        lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(lock)
