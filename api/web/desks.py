"""The desks of the rail: which there are, who sees each, and the letter that leads to it after `g`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from akta.access.principal import Principal
from akta.access.roles import Right
from akta.operations.quality.report import may_see as may_see_quality
from api.web import labels
from api.web.i18n import translate


@dataclass(frozen=True, slots=True)
class Desk:
    """`seen` says whose rail it stands in. `within`: paths below it are of this desk too.

    `name` and `why` are sentences of the catalogue. `told` names the count beside it and `why` says what is
    counted; both empty where nothing is. `short` is for the edge of a
    phone. `also`: other paths that are of this desk.
    """

    path: str
    name: str
    key: str
    seen: Callable[[Principal], bool]
    within: bool = False
    also: tuple[str, ...] = ()
    told: str = ""
    why: str = ""
    short: str = ""

    def here(self, path: str) -> bool:
        """Whether a page belongs to this desk."""
        if path == self.path or path in self.also:
            return True
        below = self.path if self.within else None
        return any(path.startswith(f"{one}/") for one in (below, *self.also) if one)


def _any(*rights: Right) -> Callable[[Principal], bool]:
    return lambda principal: bool(principal.rights & set(rights))


def _everybody(_: Principal) -> bool:
    return True


_KEEPING = _any(Right.SCHEDULE, Right.DISPOSE, Right.AUDIT)
_LETTING_GO = _any(Right.DISPOSE, Right.AUDIT)

HOME = Desk("/home", "Home", "h", _everybody)
INTAKE = Desk("/intake", "Intake", "i", _everybody, also=("/",), short="Bring in")
REVIEW = Desk("/review", "To review", "r", _any(Right.CORRECT), told="review", also=("/spot-checks",))
SEARCH = Desk("/search", "Search", "s", _everybody)

#: Groups of the rail by code, each with its name and its desks.
GROUPS: dict[str, tuple[str, tuple[Desk, ...]]] = {
    "work": (
        "Work",
        (
            HOME,
            INTAKE,
            REVIEW,
            SEARCH,
            Desk(
                "/searches",
                "Saved",
                "v",
                _any(Right.READ),
                within=True,
                told="news",
                why="new in what you watch",
            ),
            Desk("/exports", "Exports", "x", _any(Right.READ)),
        ),
    ),
    "records": (
        "Records",
        (
            Desk("/parties", "Parties", "p", _everybody, within=True),
            Desk("/cases", "Cases", "b", _any(Right.READ), within=True),
            Desk("/quality", "Quality", "q", may_see_quality),
        ),
    ),
    "keeping": (
        "Keeping",
        (
            Desk("/retention", "What is due", "k", _KEEPING),
            Desk("/schedules", "Schedules", "c", _KEEPING, within=True),
            Desk("/events", "Events", "e", _any(Right.EVENT)),
            Desk(
                "/holds",
                "Legal holds",
                "l",
                _any(Right.HOLD, Right.AUDIT),
                within=True,
            ),
            Desk("/dispositions", "Disposition", "d", _LETTING_GO, within=True),
            Desk("/requests", "Requests", "n", _LETTING_GO, within=True),
        ),
    ),
    "administration": (
        "Administration",
        (
            Desk("/types", "Document types", "t", _any(Right.SCHEDULE)),
            Desk("/entities", "Legal entities", "y", _any(Right.SCHEDULE)),
            Desk("/admin", "People and system", "u", _any(Right.USERS, Right.SYSTEM), within=True),
            Desk("/audit", "Audit log", "a", _any(Right.AUDIT)),
        ),
    ),
}
#: Those that stand at the lower edge of a phone; the others are behind its button.
BELOW = (HOME, INTAKE, REVIEW, SEARCH)


def _name(desk: Desk, language: str) -> str:
    return labels.state("review", language) if desk is REVIEW else translate(desk.name, language)


def _shown(desk: Desk, path: str, counts: dict[str, int], language: str) -> dict[str, Any]:
    count = counts.get(desk.told, 0)
    return {
        "path": desk.path,
        "name": _name(desk, language),
        "short": translate(desk.short, language) or _name(desk, language),
        "key": desk.key,
        "here": desk.here(path),
        "told": desk.told,
        "why": translate(desk.why, language),
        "count": count,
        "count_text": "99+" if desk.told == "news" and count > 99 else str(count),
    }


def rail(principal: Principal, path: str, counts: dict[str, int], language: str) -> list[dict[str, Any]]:
    """The groups of the rail for somebody, with `here` at the desk of the page and the counts by name."""
    groups = []
    for code, (name, desks) in GROUPS.items():
        shown = [_shown(desk, path, counts, language) for desk in desks if desk.seen(principal)]
        if shown:
            groups.append({"code": code, "name": translate(name, language), "desks": shown})
    return groups


def below(principal: Principal, path: str, counts: dict[str, int], language: str) -> list[dict[str, Any]]:
    """The desks at the lower edge of a phone."""
    return [_shown(desk, path, counts, language) for desk in BELOW if desk.seen(principal)]
