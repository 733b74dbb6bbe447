"""Who acts: a person, a person's program, or the system itself."""

from dataclasses import dataclass, field

from akta.access.roles import GRANTABLE, Right
from akta.kernel.errors import ForbiddenError


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated actor.

    `actor` is how the audit log names it (`user:01j…`, `token:01j…`, `system:worker`,
    `operator:name`). `levels` maps a domain to the highest level of
    confidentiality granted. `user_id` is None for the system.
    `language` is pl, en, or empty for people who have chosen none.
    """

    actor: str
    name: str
    rights: frozenset[Right]
    levels: dict[str, int] = field(default_factory=dict)
    user_id: str | None = None
    language: str = "en"

    def may(self, right: Right) -> bool:
        return right in self.rights

    def require(self, right: Right) -> None:
        """Raise ForbiddenError unless the principal has the right."""
        if right not in self.rights:
            raise ForbiddenError(
                f"This needs the right '{right.value}', which you do not have.", right=right.value
            )

    @property
    def sees_restricted(self) -> bool:
        """Whether records whose use a person has restricted can be seen: by officers."""
        return bool({Right.HOLD, Right.DISPOSE} & self.rights)

    @property
    def sees_matters(self) -> bool:
        """Whether what a hold is about may be known, and not only that there is one: the one rule for it."""
        return bool({Right.HOLD, Right.AUDIT} & self.rights)

    def tokens(self) -> frozenset[str]:
        """The access tokens a record must share one of to be seen (see `akta.records.visibility`)."""
        if Right.READ not in self.rights:
            return frozenset()
        seen = {f"{domain}/{n}" for domain, level in self.levels.items() for n in range(1, level + 1)}
        if self.sees_restricted:
            seen |= {f"restricted:{place}" for place in seen}
        if self.user_id is not None:
            seen.add(f"owner:{self.user_id}")
        return frozenset(seen)


def system(part: str) -> Principal:
    """Akta itself acting, for example `system("worker")`: every right, every paper."""
    return Principal(f"system:{part}", part, frozenset(Right), dict.fromkeys(GRANTABLE, 3))


def operator(name: str) -> Principal:
    """The person at the machine's command line, who could read the data folder anyway."""
    return Principal(f"operator:{name}", name, frozenset(Right), dict.fromkeys(GRANTABLE, 3))
