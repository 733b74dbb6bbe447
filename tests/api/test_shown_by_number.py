"""A paper is found by its number, its receipt's, or the beginning of either."""

import pytest

from akta.cli.context import resolve_record
from akta.kernel.errors import InvalidError, NotFoundError
from tests.api.conftest import Site


def test_by_a_number_or_the_beginning_of_one(site: Site) -> None:
    sent = [site.send(f"{n}.txt", b"Invoice %d" % n).json()["receipts"][0] for n in range(3)]
    for receipt in sent:
        others = [number for r in sent if r is not receipt for number in (r["id"], r["record"])]
        for number in (receipt["id"], receipt["record"]):
            assert resolve_record(site.app, number) == receipt["record"]
            assert resolve_record(site.app, number.upper()) == receipt["record"]
            long = range(1, len(number))
            enough = next(n for n in long if not any(other.startswith(number[:n]) for other in others))
            assert resolve_record(site.app, number[:enough]) == receipt["record"]
    with pytest.raises(InvalidError):
        resolve_record(site.app, sent[0]["id"][:2])
    for nothing in ("", "  ", "zz", "%"):
        with pytest.raises(NotFoundError):
            resolve_record(site.app, nothing)
