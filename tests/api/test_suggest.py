"""How a query may go on, over HTTP; and what may have been meant."""

import pytest

from tests.api.conftest import Site
from tests.api.test_search import _papers
from tests.unit.parties.register import NIPS

TEXT = "Faktura VAT FV/2026/0412\nSprzedawca: Łódzka Spółka\nWynagrodzenie za zamówienie, razem 120,00 zł\n"


def _suggested(site: Site, q: str, role: str = "clerk", **more: object) -> list[dict[str, object]]:
    answer = site.client.get("/v1/search/suggest", params={"q": q, **more}, headers=site.as_(role))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


def _texts(items: list[dict[str, object]]) -> list[object]:
    return [item["text"] for item in items]


def test_words_fields_values_and_parties(site: Site) -> None:
    site.filed("a.txt", TEXT.encode())
    _papers(site, ("Łódzkie Zakłady „Orzeł” S.A.", NIPS[0]), ("Lotos Papier", ""))
    # As the paper spells it, and only what stands before the cursor counts.
    assert "wynagrodzenie" in _texts(_suggested(site, "wyna"))
    assert "łódzka" in _texts(_suggested(site, "faktura LODZ"))
    (word,) = (s for s in _suggested(site, "-wyna faktura", position=5) if s["kind"] == "word")
    assert (word["text"], word["start"], word["end"]) == ("wynagrodzenie", 1, 5)
    assert _texts(_suggested(site, "ty"))[0] == "typ:"
    assert _texts(_suggested(site, '"ty')) == _texts(
        [s for s in _suggested(site, "ty") if s["kind"] == "word"]
    )
    types = _suggested(site, "typ:fak")
    assert types[0]["kind"] == "value"
    assert types[0]["text"] in ("faktura", "fv", "faktury")
    assert "".join(["typ:", str(types[0]["text"])]) == "typ:" + "typ:fak"[:0] + str(types[0]["text"])
    assert types[0]["start"] == 4
    assert {s["text"] for s in _suggested(site, "state:")} <= {"filed", "review"}
    assert _suggested(site, "type:umowa") == []
    party = _suggested(site, "dostawca:łódzkie")[0]
    assert party["kind"] == "party"
    assert party["text"] == 'dostawca:"Łódzkie Zakłady Orzeł S.A."'
    found = site.client.get("/v1/search", params={"q": party["text"]}, headers=site.as_("clerk")).json()
    assert found["total"] == 1
    assert _texts(_suggested(site, 'paliwo dostawca:"Lotos P')) == ['dostawca:"Lotos Papier"']


@pytest.mark.parametrize(
    "q", ["", " ", "(", '"', "xyz:", "xyz:a", ":", "a" * 500, "½", "\x00", "-", "vendor:"]
)
def test_odd_beginnings_are_answered(site: Site, q: str) -> None:
    assert _suggested(site, q) == []
    assert _suggested(site, q, position=2000) == []


def test_did_you_mean(site: Site) -> None:
    site.filed("a.txt", TEXT.encode())
    clerk = site.as_("clerk")

    def meant(q: str) -> object:
        return site.client.get("/v1/search", params={"q": q}, headers=clerk).json()["did_you_mean"]

    assert meant("wynagordzeine zamówienie") == "wynagrodzenie zamówienie"
    assert (
        meant('typ:faktura "zamówienie" wynagordzeine -paid')
        == 'typ:faktura "zamówienie" wynagrodzenie -paid'
    )
    assert meant("wynagrodzenia") is None
    assert meant("zupełnie inne") is None
    assert meant("-wynagordzeine faktura") is None
    stranger = site.client.get(
        "/v1/search", params={"q": "wynagordzeine"}, headers=site.as_("auditor")
    ).json()
    assert stranger["did_you_mean"] in (None, "wynagrodzenie")
