"""Whoever asks whatever: nothing of a paper that one may not see comes back, not even its count."""

from collections.abc import Callable
from random import Random

import pytest

from akta.bootstrap import App
from tests.contracts.engines import server
from tests.strangers import House


@pytest.mark.parametrize(("engine", "rounds"), [("tantivy", 400), ("whoosh", 120), ("opensearch", 60)])
def test_nothing_leaks(make_app: Callable[..., App], engine: str, rounds: int) -> None:
    """Random people, grants and queries through HTTP, while grants and papers change."""
    app = make_app(search_engine=engine, opensearch_url=server().url, opensearch_index="leaks")
    house = House(app, Random(11))
    house.settle(papers=90, people=25)
    for number in range(rounds):
        if number % 10 == 9:
            house.move()
        house.check()
        if number % 3 == 0:
            house.look_around()
    # Enough was there to be seen that a leak could have shown.
    assert house.asked["hits"] > rounds
    assert house.asked["snippets"] > rounds / 4
    assert house.asked["facets"] > rounds
    assert house.asked["behind"] > rounds / 20
    assert house.asked["suggestions"] > rounds / 4
    assert house.asked["similar"] > rounds / 10
    assert house.asked["errors"] < rounds / 5
