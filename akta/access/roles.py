"""Roles and what each may do. Seeing a paper needs a grant for its domain as well."""

from collections.abc import Iterable
from enum import StrEnum

DOMAINS = ("hr", "accounting", "order", "lab", "it", "other")

#: The domain of papers that have none yet: in progress, quarantined.
UNFILED = "unfiled"

GRANTABLE = (*DOMAINS, UNFILED)

#: Levels of confidentiality: internal, personal, strictly personal (health, files of employees).
LEVELS = (1, 2, 3)


class Right(StrEnum):
    """One thing that a principal may do."""

    ADD = "add"  # bring papers in
    READ = "read"  # see papers that a grant covers
    CORRECT = "correct"  # change domain, type, class, fields
    DECIDE = "decide"  # give a password, release, reject, retry
    HOLD = "hold"  # place and release legal holds
    EVENT = "event"  # record business events, open and close cases, extend keeping
    SCHEDULE = "schedule"  # change the file plan and its schedules
    DISPOSE = "dispose"  # run disposition
    AUDIT = "audit"  # read the audit log
    USERS = "users"  # people, grants, tokens of others
    SYSTEM = "system"  # jobs, health, re-indexing


ROLES: dict[str, frozenset[Right]] = {
    "staff": frozenset({Right.ADD, Right.READ, Right.CORRECT}),
    "clerk": frozenset({Right.ADD, Right.READ, Right.CORRECT, Right.DECIDE}),
    "officer": frozenset({Right.READ, Right.HOLD, Right.EVENT, Right.SCHEDULE, Right.DISPOSE, Right.AUDIT}),
    # What an officer is, in three persons: who writes the rules destroys nothing, who destroys can neither
    # change a rule nor lift a hold.
    "schedule_author": frozenset({Right.READ, Right.SCHEDULE}),
    "hold_officer": frozenset({Right.READ, Right.HOLD}),
    "disposer": frozenset({Right.READ, Right.DISPOSE}),
    "auditor": frozenset({Right.READ, Right.AUDIT}),
    "administrator": frozenset({Right.USERS, Right.SYSTEM}),
}

#: Rights that an API token can be narrowed to.
TOKEN_SCOPES = tuple(right.value for right in Right)


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """Everything that any of the roles allows; unknown roles allow nothing."""
    return frozenset(right for role in roles for right in ROLES.get(role, ()))
