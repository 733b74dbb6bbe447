"""A file plan that somebody broke is refused with the line at fault, never half taken."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.schedules.fileplan import PlanClass
from retention.schedules.loading import ScheduleError, parse_plan
from tests.papers.broken import twisted

PLANS = sorted((Path(__file__).parents[3] / "retention" / "schedules" / "plan").glob("*.yaml"))


def _said(text: str) -> str:
    try:
        found = parse_plan(text)
    except ScheduleError as error:
        return error.message
    assert all(isinstance(item, PlanClass) for item in found)
    return "read"


@settings(max_examples=40, deadline=None)
@given(plan=st.sampled_from(PLANS), seed=st.integers(0, 2**32))
def test_a_broken_plan_is_read_or_refused(plan: Path, seed: int) -> None:
    part = b"\n".join(plan.read_bytes().splitlines()[:60])
    assert _said(twisted(part, Random(seed))[:20_000].decode("utf-8", "replace"))


@pytest.mark.parametrize(
    "text",
    ["[" * 5000, "classes: " + "{a: " * 3000, "classes: [2026-99-99]", "classes: [&a [*a]]", "x: !!int 'a'"],
)
def test_what_the_yaml_parser_itself_trips_over_is_refused(text: str) -> None:
    assert _said(text) != "read"
