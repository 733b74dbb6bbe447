"""What goes to the provider and comes back, for those who carry it."""

from dataclasses import dataclass

from akta.access.signing_in import CodeNeeded, Opened


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody goes to the provider: the address, and what the browser keeps meanwhile."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sent somebody back with."""

    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """Somebody came back: a session or the second step, None if they only proved who they are."""

    passed: Opened | CodeNeeded | None
    target: str
