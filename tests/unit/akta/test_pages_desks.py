"""The rail and the colours: whom each desk is shown to, and that all of it can be read."""

import re

import pytest

from akta.bootstrap import ROOT
from api.web import desks
from api.web.i18n import messages
from tests.conftest import principal

STATIC = ROOT / "api/web/static"


def _desks(*roles: str) -> dict[str, str]:
    groups = desks.rail(principal(*roles), "/x", {}, "en")
    return {desk["path"]: desk["key"] for group in groups for desk in group["desks"]}


def test_each_role_has_its_desks_in_groups() -> None:
    assert "/review" in _desks("staff")
    assert "/retention" not in _desks("staff", "clerk")
    assert {"/retention", "/holds", "/dispositions", "/audit"} <= _desks("officer").keys()
    assert "/exports" not in _desks("administrator")
    assert len(desks.rail(principal("clerk"), "/", {}, "en")) == 2  # nothing of keeping and administration


def test_a_letter_leads_to_one_desk_and_every_word_has_its_polish() -> None:
    everything = [desk for _, group in desks.GROUPS.values() for desk in group]
    keys = [desk.key for desk in everything]
    assert len(set(keys)) == len(keys)
    assert "m" not in keys  # one's own account
    said = (
        {name for name, _ in desks.GROUPS.values()}
        | {d.name for d in everything}
        | {d.why for d in everything}
    )
    assert {word for word in said - {"", "To review"} if not messages("pl").get(word)} == set()


@pytest.mark.parametrize(
    ("path", "here"),
    [("/", "/intake"), ("/holds/01x", "/holds"), ("/spot-checks", "/review"), ("/searches/1", "/searches")],
)
def test_the_desk_of_a_page_is_marked(path: str, here: str) -> None:
    groups = desks.rail(principal("officer", "clerk"), path, {}, "en")
    assert [d["path"] for group in groups for d in group["desks"] if d["here"]] == [here]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_has_seven_to_one_and_edges_three_to_one_in_both_themes(theme: int) -> None:
    found = re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (STATIC / "tokens.css").read_text("utf-8")
    )
    colours = {name: pair[theme] for name, *pair in found}
    grounds = ("paper", "sheet", "soft", "accent-soft", "harm-soft", "doubt-soft", "kept-soft")
    poor = [
        (text, ground)
        for text in ("ink", "quiet", "accent", "harm", "doubt", "kept")
        for ground in grounds
        if _contrast(colours[text], colours[ground]) < 7
    ]
    assert poor == []
    assert _contrast(colours["on-accent"], colours["accent"]) >= 7
    assert _contrast(colours["ink"], colours["mark"]) >= 4.5
    marks = ("edge", "focus", *(name for name in colours if name.startswith("d-")))
    assert [m for m in marks if min(_contrast(colours[m], colours[g]) for g in ("paper", "sheet")) < 3] == []


def test_the_first_page_is_light() -> None:
    """Style and script of the intake desk as they go over the line, before any compression."""
    names = ("tokens.css", "shell.css", "parts.css", "desks.css", "keys.js", "intake.js")
    assert sum((STATIC / name).stat().st_size for name in names) < 150_000
