"""The verifier of an audit log: one file that needs Python and `cryptography`, and nothing of Akta.

    python verifier.py export.jsonl --key audit.pub [--tokens FOLDER]

An export (`akta audit export`) is text, one JSON object a line: a header, anchors, the entries, the head
if the export reaches it, and an end. What each must satisfy:

- The hash of an entry is SHA-256 over the hash before it, a line feed, and the entry's body as it stands.
- A body names its own number; numbers have no gaps.
- The last entry of each transaction says `"signed": true`, and carries an Ed25519 signature over
  `akta audit entry NUMBER HASH`.
- The head is signed over `akta audit head NUMBER HASH`, and so is each anchor.
- An anchor that the log does not have is told of and set aside if an entry `log.set_back` declares that the
  log was put back to an entry before it, and the anchor was made before that declaration.
- A token of a time-stamp authority (RFC 3161) is over the head's message of its anchor.

Exit code 0: all holds. 1: something does not. 2: the file cannot be read as an export.

Without the key's file the one inside the export is used: then the file is shown to agree with itself, not
to come from a certain archive. Time stamps are not ours to judge: `--tokens` writes each beside what it is
over, for `openssl ts -verify -data NUMBER.txt -in NUMBER.tsr -CAfile ROOTS-OF-THE-AUTHORITY.pem`.
"""

import argparse
import base64
import hashlib
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

KIND = "akta-audit-export"
FORMAT = 1
GENESIS = "0" * 64
#: The entry by which somebody declares that the log was put back, as by a backup, to entry `end`.
SET_BACK = "log.set_back"
#: So much may the clock seem to run backwards: transactions that overlap are written in the order they end.
CLOCK_TOLERANCE = timedelta(minutes=5)
_NEVER = datetime.max.replace(tzinfo=UTC)
_MOST_PROBLEMS = 50
_MOST_NOTES = 20
_LONGEST_LINE = 64 << 20
_DEEPEST = 100
_LONGEST_REASON = 400


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: the same bytes for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chain(previous: str, body: str) -> str:
    """The hash of an entry, from the hash before it and its body."""
    return hashlib.sha256(f"{previous}\n{body}".encode("utf-8", "surrogatepass")).hexdigest()


def head_message(seq: int, digest: str) -> bytes:
    """What the signature of a head, or of an anchor, is over."""
    return f"akta audit head {seq} {digest}".encode("utf-8", "surrogatepass")


def entry_message(seq: int, digest: str) -> bytes:
    """What the signature of a transaction's last entry is over.

    It is not that of a head: whoever can write to the database finds all of these in it, and could
    otherwise pass any of them off as the end of the log.
    """
    return f"akta audit entry {seq} {digest}".encode("utf-8", "surrogatepass")


def signed(key: Ed25519PublicKey, message: bytes, signature: object) -> bool:
    """Whether the signature (hex) is the key's over the message."""
    if not isinstance(signature, str):
        return False
    try:
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    # bytes.fromhex overlooks spaces and capitals; one signature has one spelling.
    return bytes.fromhex(signature).hex() == signature


def read_instant(text: object) -> datetime | None:
    """An instant with its zone, in UTC; None for anything else, and for one that is beyond the calendar."""
    try:
        at = datetime.fromisoformat(text if isinstance(text, str) else "")
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def plain(text: str) -> str:
    """Text that can be printed anywhere: what cannot is told by its number, as in `\\ud800`."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


@dataclass(slots=True)
class Findings:
    """`problems` say that the log does not hold, `notes` what is worth a look; both are sentences."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unsaid: int = 0

    @property
    def full(self) -> bool:
        return len(self.problems) >= _MOST_PROBLEMS

    def problem(self, sentence: str) -> None:
        if not self.full:
            self.problems.append(plain(sentence))

    def note(self, sentence: str) -> None:
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(plain(sentence))
        else:
            self.unsaid += 1


@dataclass(frozen=True, slots=True)
class SetBack:
    """A declaration in the log: at `at`, by entry `seq`, that the log had been put back to entry `end`."""

    seq: int
    end: int
    at: datetime
    actor: str
    reason: str

    def said(self, anchors: int) -> str:
        return (
            f"Entry {self.seq} says that the log was put back to entry {self.end} before "
            f"{self.at.isoformat()} ({self.actor}: {self.reason}); {anchors} anchors are of what was lost."
        )


def read_set_back(seq: int, facts: Mapping[str, Any]) -> SetBack | None:
    """The declaration that the body of an entry is; None of any other entry."""
    told = facts.get("details")
    if facts.get("action") != SET_BACK or not isinstance(told, dict):
        return None
    end, at = told.get("end"), read_instant(facts.get("at"))
    if at is None or type(end) is not int or not 0 <= end < seq:
        return None
    actor, reason = str(facts.get("actor")), str(told.get("reason", ""))
    return SetBack(seq, end, at, actor[:_LONGEST_REASON], reason[:_LONGEST_REASON])


def set_aside(declared: Sequence[SetBack], seq: int, at: datetime) -> SetBack | None:
    """The declaration by which an anchor that the log does not have is of what was lost."""
    return next((one for one in declared if seq > one.end and at <= one.at), None)


class Chain:
    """Takes the entries of a log in order and finds what does not fit.

    `start` is the number and hash that the first entry must follow from.
    """

    def __init__(self, key: Ed25519PublicKey, findings: Findings, start: tuple[int, str] = (0, GENESIS)):
        self._key = key
        self._found = findings
        self.last, self.digest = start
        self._latest: datetime | None = None
        self.open = False
        #: Number of the last entry of each day (UTC) that the entries themselves give.
        self.days: dict[str, int] = {}
        self.set_backs: list[SetBack] = []

    def take(self, seq: int, body: str, previous: str, digest: str, signature: str | None) -> None:
        """Check one entry against the one before it."""
        if seq != self.last + 1:
            self._found.problem(
                f"Entry {self.last + 1} is missing; entry {seq} follows."
                if seq > self.last
                else f"Entry {seq} stands after entry {self.last}."
            )
        if previous != self.digest:
            self._found.problem(f"Entry {seq} does not follow from the one before it.")
        if chain(previous, body) != digest:
            self._found.problem(f"Entry {seq} was changed: its hash does not fit.")
        facts = read_object(body)
        if facts.get("seq") != seq or canonical(facts) != body:
            self._found.problem(f"Entry {seq} was changed: its body is not that of entry {seq}.")
        self._signature(seq, digest, signature, closes=facts.get("signed") is True)
        self._clock(seq, facts.get("at"))
        declared = read_set_back(seq, facts)
        if declared is not None:
            self.set_backs.append(declared)
        self.last, self.digest = seq, digest

    def _signature(self, seq: int, digest: str, signature: str | None, *, closes: bool) -> None:
        # Entries of before they were signed one by one say nothing of it; what follows them holds them.
        self.open = not closes
        if closes and not signed(self._key, entry_message(seq, digest), signature):
            self._found.problem(f"Entry {seq} is not signed by this archive's key.")
        if not closes and signature is not None:
            self._found.problem(f"Entry {seq} carries a signature where it says there is none.")

    def _clock(self, seq: int, text: object) -> None:
        at = read_instant(text)
        if at is None:
            self._found.problem(f"Entry {seq} does not say when it was written.")
            return
        self.days[at.date().isoformat()] = seq
        if self._latest is None or at > self._latest:
            self._latest = at
        elif self._latest - at > CLOCK_TOLERANCE:
            self._found.note(
                f"The clock ran back before entry {seq}: it says {at.isoformat()}, "
                f"an earlier one {self._latest.isoformat()}."
            )
            self._latest = at  # told once, not of each that follows


def key_name(key: Ed25519PublicKey) -> str:
    """The key's name: the beginning of the SHA-256 of its bytes."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


#: When an authority saw a message, from its token; ValueError if the token does not hold.
TokenCheck = Callable[[bytes, bytes], datetime]


class ExportError(ValueError):
    """The file is no export of an audit log."""


@dataclass(slots=True)
class Verdict:
    """What an export shows. `whole`: from the first entry to the head as it then was."""

    first: int
    last: int
    whole: bool
    key: str
    anchors: int = 0
    tokens: int = 0
    tokens_checked: int = 0
    findings: Findings = field(default_factory=Findings)

    @property
    def holds(self) -> bool:
        return not self.findings.problems


def verify_export(
    lines: Iterator[bytes],
    key: Ed25519PublicKey | None,
    check_token: TokenCheck | None = None,
    keep: Path | None = None,
) -> Verdict:
    """Check an export, line by line. `keep` is a folder for its tokens. Raises ExportError."""
    hasher, count = hashlib.sha256(), 0
    header = _line(next(lines, b""), KIND)
    if header.get("format") != FORMAT:
        raise ExportError(f"This verifier reads format {FORMAT}, not {str(header.get('format'))[:20]!r}.")
    own = read_key(str(header.get("public_key", "")).encode("utf-8", "replace"))
    verdict = Verdict(_number(header, "first"), _number(header, "last"), header.get("whole") is True, "")
    found = verdict.findings
    if key is None:
        found.note("No key was given: the one inside the file was used, so anybody may have made the file.")
        key = own
    elif key_name(key) != key_name(own):
        found.problem("The export was made with another key than the one given.")
    verdict.key = key_name(key)
    start = _start(header, key, found)
    walk = Chain(key, found, start)
    anchored: dict[int, dict[str, datetime]] = {}
    lost: list[tuple[int, datetime]] = []
    ended, head = False, None
    hasher.update(canonical(header).encode() + b"\n")
    for raw in lines:
        item = _line(raw)
        kind = item.get("kind")
        if ended:
            found.problem("There is something after the end of the export.")
            break
        if kind == "end":
            ended = True
            message = f"akta audit export {count} {hasher.hexdigest()}".encode()
            if item.get("lines") != count or item.get("sha256") != hasher.hexdigest():
                found.problem("The file is not as it was written: lines are missing or were changed.")
            elif not signed(key, message, item.get("signature")):
                found.problem("The export is not signed by this archive's key.")
            continue
        hasher.update(raw)
        count += 1
        if kind == "entry":
            seq = _number(item, "seq")
            body, previous, digest = item.get("body"), item.get("previous"), item.get("hash")
            if not (isinstance(body, str) and isinstance(previous, str) and isinstance(digest, str)):
                raise ExportError(f"Entry {seq} is not whole.")
            walk.take(seq, body, previous, digest, item.get("signature"))
            others = [at for was, at in anchored.pop(seq, {}).items() if was != walk.digest]
            lost += [(seq, at) for at in others]
        elif kind == "head":
            head = item
        elif kind == "anchor" and walk.last == start[0]:
            _anchor(item, key, verdict, check_token, keep)
            known = anchored.setdefault(_number(item, "seq"), {})
            # One that does not say when it was made counts as made at the end of time.
            at, digest = read_instant(item.get("at")) or _NEVER, str(item.get("hash"))
            known[digest] = max(at, known.get(digest, at))
        else:
            raise ExportError(f"A line of the kind {str(kind)[:20]!r} does not belong here.")
    if not ended:
        found.problem("The export is cut: it has no end.")
    if verdict.whole:
        lost += [(seq, at) for seq, all_ in anchored.items() if seq > walk.last for at in all_.values()]
    tell_lost(found, walk, lost)
    _finish(verdict, walk, head, key, start)
    return verdict


def tell_lost(found: Findings, walk: Chain, lost: Sequence[tuple[int, datetime]]) -> None:
    """Judge anchors (number, when made) that the log does not have; tell of every declaration of a loss."""
    counts = dict.fromkeys((one.seq for one in walk.set_backs), 0)
    wrong = set()
    for seq, at in lost:
        why = set_aside(walk.set_backs, seq, at)
        if why is None:
            wrong.add(seq)
        else:
            counts[why.seq] += 1
    for seq in sorted(wrong):
        if seq > walk.last:
            found.problem(f"An anchor knows entry {seq}, but the log ends at {walk.last}: its end was cut.")
        else:
            found.problem(f"Entry {seq} differs from what was anchored outside the database.")
    for one in walk.set_backs:
        found.note(one.said(counts[one.seq]))


def _start(header: Mapping[str, Any], key: Ed25519PublicKey, found: Findings) -> tuple[int, str]:
    start = header.get("start")
    if start is None:
        return (0, GENESIS)
    if not isinstance(start, dict):
        raise ExportError("The header does not say what the first entry follows from.")
    seq, digest = _number(start, "seq"), str(start.get("hash"))
    if not signed(key, entry_message(seq, digest), start.get("signature")):
        found.problem(f"The hash of entry {seq}, which the first entry follows from, is not signed.")
    return (seq, digest)


def _anchor(
    item: Mapping[str, Any],
    key: Ed25519PublicKey,
    verdict: Verdict,
    check_token: TokenCheck | None,
    keep: Path | None,
) -> None:
    seq, digest, found = _number(item, "seq"), str(item.get("hash")), verdict.findings
    verdict.anchors += 1
    message = head_message(seq, digest)
    if not signed(key, message, item.get("signature")):
        found.problem(f"The anchor of entry {seq} is not signed by this archive's key.")
    if item.get("token") is None:
        return
    verdict.tokens += 1
    try:
        token = base64.b64decode(str(item["token"]), validate=True)
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{seq}.tsr").write_bytes(token)
            (keep / f"{seq}.txt").write_bytes(message)
        if check_token is None:
            return
        seen = check_token(token, message)
    except ValueError as error:
        found.problem(f"The time stamp of entry {seq} does not hold: {error}.")
        return
    verdict.tokens_checked += 1
    found.note(f"Entries to {seq} were there on {seen.isoformat()}, says the time-stamp authority.")


def _finish(
    verdict: Verdict,
    walk: Chain,
    head: Mapping[str, Any] | None,
    key: Ed25519PublicKey,
    start: tuple[int, str],
) -> None:
    found = verdict.findings
    if (start[0] + 1, walk.last) != (verdict.first, verdict.last):
        found.problem(
            f"The header speaks of entries {verdict.first} to {verdict.last}, "
            f"but the file has {start[0] + 1} to {walk.last}."
        )
    if verdict.whole and start[0] != 0:
        found.problem("The export says that it is whole, but it does not begin with the first entry.")
    if head is not None:
        if (_number(head, "seq"), head.get("hash")) != (walk.last, walk.digest):
            found.problem(f"The entries end at {walk.last}, but the head says {head['seq']}.")
        if not signed(key, head_message(walk.last, walk.digest), head.get("signature")):
            found.problem("The head is not signed by this archive's key.")
    elif verdict.whole:
        found.problem("The export says that it is whole, but it has no head.")
    elif walk.open and walk.last > start[0]:
        found.problem(f"The last entry ({walk.last}) is not signed, and no head follows.")
    if verdict.tokens_checked < verdict.tokens:
        found.note(
            f"{verdict.tokens - verdict.tokens_checked} time stamps were not checked: --tokens FOLDER writes "
            "them out for 'openssl ts -verify'."
        )
    if found.unsaid:
        found.notes.append(f"and {found.unsaid} more of the kind.")


def read_object(text: str) -> dict[str, Any]:
    """The object that a text is in JSON; an empty one for all else, and for one nested deeper than Akta's."""
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return value if isinstance(value, dict) and _is_shallow(value, _DEEPEST) else {}


def _is_shallow(value: object, left: int) -> bool:
    if not isinstance(value, (dict, list)):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return left > 0 and all(_is_shallow(one, left - 1) for one in inside)


def _line(raw: bytes, kind: str | None = None) -> dict[str, Any]:
    if len(raw) > _LONGEST_LINE:
        raise ExportError("A line is longer than any that Akta writes.")
    item = read_object(raw.decode("utf-8", "replace"))
    if not item or (kind is not None and item.get("kind") != kind):
        raise ExportError("This is no export of an audit log.")
    if canonical(item).encode("utf-8", "surrogatepass") + b"\n" != raw:
        raise ExportError("A line is not written as Akta writes it.")
    return item


def _number(item: Mapping[str, Any], name: str) -> int:
    value = item.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ExportError(f"'{name}' is no number.")
    return value


def lines_of(source: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long no more than shows that it is."""
    return iter(lambda: source.readline(_LONGEST_LINE + 1), b"")


def read_key(pem: bytes) -> Ed25519PublicKey:
    """A public key from its PEM. Raises ExportError."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ExportError("The public key cannot be read.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ExportError("The public key is not an Ed25519 key.")
    return key


def said(verdict: Verdict) -> list[str]:
    """The verdict in lines of text."""
    span = f"entries {verdict.first} to {verdict.last}"
    lines = [f"{span}, {'the whole log' if verdict.whole else 'a part of the log'}, key {verdict.key}"]
    lines.append(f"{verdict.anchors} anchors, {verdict.tokens} time stamps")
    lines += [f"PROBLEM: {problem}" for problem in verdict.findings.problems]
    lines += [f"note: {note}" for note in verdict.findings.notes]
    return [*lines, "It holds." if verdict.holds else "IT DOES NOT HOLD."]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an export of an Akta audit log.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--key", type=Path, help="the archive's public key (PEM), had from it on another way")
    parser.add_argument("--tokens", type=Path, help="folder to write the time stamps to")
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a verdict is said also where letters cannot be
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        key = read_key(options.key.read_bytes()) if options.key else None
        with options.export.open("rb") as file:
            verdict = verify_export(lines_of(file), key, None, options.tokens)
    except (ExportError, OSError) as error:
        print(f"The export cannot be checked: {error}", file=sys.stderr)
        return 2
    print("\n".join(said(verdict)))
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
