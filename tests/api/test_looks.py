"""Which part of a page's picture shows a hit."""

from hypothesis import given
from hypothesis import strategies as st

from api.web.looks import HEIGHT, STEP, WIDTH, look_at
from indexer.snippets import Snippet

_SHARE = st.floats(0, 0.95)


def _snippet(*boxes: tuple[float, float, float, float]) -> Snippet:
    return Snippet(3, "text", ((0, 4),), boxes)


def test_no_place_no_picture() -> None:
    assert look_at([]) is None
    assert look_at([_snippet()]) is None


def test_the_part_with_most_hits_is_shown() -> None:
    look = look_at([_snippet((0.1, 0.1, 0.2, 0.12), (0.5, 0.7, 0.6, 0.72), (0.62, 0.72, 0.7, 0.74))])
    assert look is not None
    assert look.page == 3
    assert look.down / 100 < 0.7 < 0.74 < look.down / 100 + HEIGHT + STEP / 100


@given(_SHARE, _SHARE)
def test_a_hit_is_inside_its_window(x: float, y: float) -> None:
    look = look_at([_snippet((x, y, x + 0.05, y + 0.015))])
    assert look is not None
    assert look.across % STEP == look.down % STEP == 0
    assert 0 <= look.across <= 40
    assert 0 <= look.down <= 92
    slack = STEP / 200 + 1e-9
    assert look.across / 100 - slack <= x <= look.across / 100 + WIDTH
    assert look.down / 100 - slack <= y <= look.down / 100 + HEIGHT + slack
