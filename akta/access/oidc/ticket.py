"""What the browser keeps between leaving for the provider and coming back, sealed.

Nothing is written before somebody comes back, so that strangers cannot fill the database by leaving.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: How long somebody may stay at the provider.
TICKET_LIFE = timedelta(minutes=10)
_NONCE = 12
#: A browser keeps cookies of some 4000 bytes only.
_LONGEST_TARGET = 1500


@dataclass(frozen=True, slots=True)
class Ticket:
    """One journey to the provider: its `state`, `nonce` and PKCE `verifier`, and where to go on (`target`).

    `person` is the account that is to be proved anew, or empty.
    """

    state: str
    nonce: str
    verifier: str
    target: str
    begun: int
    person: str = ""

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier (RFC 7636, S256)."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).decode().rstrip("=")


class Tickets:
    """Makes and opens tickets. `key` is a secret of the data folder."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"akta provider sign-in").derive(key))

    def new(self, target: str, now: datetime, person: str = "") -> Ticket:
        """A ticket that nobody has yet."""
        kept = target if len(target.encode()) <= _LONGEST_TARGET else "/"
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return Ticket(state, nonce, verifier, kept, int(now.timestamp()), person)

    def seal(self, ticket: Ticket) -> str:
        """The cookie's value."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, json.dumps(asdict(ticket)).encode(), None)
        return urlsafe_b64encode(sealed).decode()

    def open(self, cookie: str, now: datetime) -> Ticket | None:
        """The ticket of a cookie; None if it is none of ours or too old."""
        try:
            raw = urlsafe_b64decode(cookie.encode("ascii"))
            ticket = Ticket(**json.loads(self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None)))
        except (InvalidTag, ValueError, TypeError):
            return None
        age = now.timestamp() - ticket.begun
        return ticket if -60 <= age < TICKET_LIFE.total_seconds() else None
