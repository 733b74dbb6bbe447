"""How a provider is asked and what its answers may do, as the settings say."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from akta.access.roles import GRANTABLE, LEVELS, ROLES

_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Access:
    """Roles and grants (levels by domain) that somebody's groups give."""

    roles: tuple[str, ...] = ()
    grants: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderOptions:
    """One provider. `name` is what pages call it; `public_url` is where people reach Akta, without a slash.

    `create`: unknown people whose groups open something get an account. `match_claim`: the claim that is
    compared with account names, empty for none. `factors`: pairs of `amr` or `acr` and a value that stand
    for our second factor. `patience`: seconds for one answer.
    """

    issuer: str
    client_id: str
    client_secret: str
    name: str
    public_url: str
    ca: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    create: bool = False
    match_claim: str = ""
    groups_claim: str = ""
    groups: Mapping[str, Access] = field(default_factory=dict)
    factors: tuple[tuple[str, str], ...] = ()
    language: str = ""
    patience: float = 5.0

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to; it has to know this address."""
        return f"{self.public_url}/sign-in/provider/callback"


def read_groups(text: str) -> dict[str, Access]:
    """The mapping of groups: a JSON object of group names and roles and grants with blanks between.

    Raises ValueError with a sentence.
    """
    try:
        given = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise ValueError('say a JSON object, as {"archive": "clerk accounting:2"}') from error
    if not isinstance(given, dict) or not all(isinstance(words, str) for words in given.values()):
        raise ValueError('say a JSON object, as {"archive": "clerk accounting:2"}')
    return {group: _access(group, words.split()) for group, words in given.items()}


def _access(group: str, words: Sequence[str]) -> Access:
    roles: set[str] = set()
    grants: dict[str, int] = {}
    for word in words:
        domain, colon, level = word.partition(":")
        if not colon and word in ROLES:
            roles.add(word)
        elif colon and domain in (*GRANTABLE, "all") and level in {str(n) for n in LEVELS}:
            for name in GRANTABLE if domain == "all" else (domain,):
                grants[name] = max(grants.get(name, 0), int(level))
        else:
            raise ValueError(
                f"'{word}' of the group '{group}' is neither a role ({', '.join(ROLES)}) nor a grant "
                f"such as accounting:2 or all:1 ({', '.join(GRANTABLE)}; levels 1 to 3)"
            )
    return Access(tuple(sorted(roles)), grants)


def read_factors(text: str) -> tuple[tuple[str, str], ...]:
    """What may stand for a second factor: `amr:mfa acr:…` with blanks between. Raises ValueError."""
    pairs = []
    for word in text.split():
        kind, _, value = word.partition(":")
        if kind not in ("amr", "acr") or not value:
            raise ValueError(f"'{word}' is neither amr:VALUE nor acr:VALUE, for example amr:mfa")
        pairs.append((kind, value))
    return tuple(pairs)


def check_address(url: str, *, plain: bool = False) -> None:
    """Refuse what is no address of a server. Only this machine, or `plain`, may go without HTTPS.

    Raises ValueError with a sentence that does not repeat the address.
    """
    try:
        parts = urlsplit(url)
        host, fine = parts.hostname or "", "@" not in parts.netloc and not parts.query and not parts.fragment
        _ = parts.port
    except ValueError:
        host, fine = "", False
    if not host or not fine or parts.scheme not in ("http", "https"):
        raise ValueError("say https://… without a name, a question mark or a # in it")
    if parts.scheme == "http" and not plain and host not in _HERE:
        raise ValueError("an address without https is taken on this machine only")


def access_of(groups: Mapping[str, Access], named: Iterable[str]) -> Access:
    """What all these groups give together: every role, of each grant the highest level."""
    roles: set[str] = set()
    grants: dict[str, int] = {}
    for group in named:
        given = groups.get(group, Access())
        roles.update(given.roles)
        for domain, level in given.grants.items():
            grants[domain] = max(grants.get(domain, 0), level)
    return Access(tuple(sorted(roles)), grants)


def named_groups(options: ProviderOptions, claims: Mapping[str, Any]) -> list[str] | None:
    """The groups that the provider names; None if it names none at all, which is not the same as none."""
    told = claims.get(options.groups_claim) if options.groups_claim else None
    if isinstance(told, str):
        return [told]
    if isinstance(told, list):
        return [group for group in told if isinstance(group, str)]
    return None


def asserts_factor(options: ProviderOptions, claims: Mapping[str, Any]) -> bool:
    """Whether what the provider asserts stands for our second factor, as far as the settings let it."""
    methods = claims.get("amr")
    told = (
        {("amr", method) for method in methods if isinstance(method, str)}
        if isinstance(methods, list)
        else set()
    )
    if isinstance(claims.get("acr"), str):
        told.add(("acr", claims["acr"]))
    return bool(told & set(options.factors))
