"""Finding over HTTP: facets with names, cursors, what one may see."""

from akta.records.guard import changed
from akta.records.models import Record
from indexer.similar import telling
from tests.api.conftest import Site
from tests.conftest import principal
from tests.unit.parties.register import NIPS, paper


def _papers(site: Site, *vendors: tuple[str, str], **more: object) -> list[str]:
    with site.app.database.write() as session:
        made = [paper(session, site.app.audit, name, nip, **more) for name, nip in vendors]
        for record in made:
            changed(session, session.get_one(Record, record))
    site.drain()
    return made


def test_parties_are_counted_as_one_and_named_as_one_may_see_them(site: Site) -> None:
    a, b = _papers(site, ("Orzeł Druk", NIPS[0]), ("Lotos Papier", NIPS[1]))
    _papers(site, ("Orzeł Druk", NIPS[0]))
    (hidden,) = _papers(site, ("Tajemnica Spółka", NIPS[2]), domain="order")
    clerk = site.as_("clerk")
    parties = {p["name"]: p["id"] for p in site.client.get("/v1/parties", headers=clerk).json()["items"]}
    merged = site.client.post(
        f"/v1/parties/{parties['Orzeł Druk']}/merge",
        json={"others": [parties["Lotos Papier"]], "reason": "r"},
        headers=clerk,
    )
    assert merged.status_code == 200, merged.text
    told = site.client.get("/v1/search", params={"q": "", "facets": "party"}, headers=clerk).json()
    names = told["facet_names"]["party"]
    assert {names[i]: n for i, n in told["facets"]["party"].items()} == {
        "Orzeł Druk": 3,
        "Tajemnica Spółka": 1,
    }
    one = next(i for i, name in names.items() if name == "Orzeł Druk")
    asked = site.client.get("/v1/search", params={"q": f"party_id:{one}"}, headers=clerk).json()
    assert asked["total"] == 3
    assert {a, b} < {item["id"] for item in asked["items"]}
    books = principal("clerk", levels={"accounting": 3})
    page, _ = site.app.index.search(books, "", facets=("party",))
    assert list(page.names["party"].values()) == ["Orzeł Druk"]
    other = next(i for i, name in names.items() if name == "Tajemnica Spółka")
    assert site.app.index.search(books, f"party_id:{other}")[0].total == 0
    assert hidden


def test_pages_by_cursor_and_by_offset(site: Site) -> None:
    made = _papers(site, *((f"Firma Numer {n}", "") for n in range(7)))
    clerk = site.as_("clerk")
    for sort in ("relevance", "newest", "oldest", "date", "total"):
        found: list[str] = []
        asked: dict[str, object] = {"q": "firma", "limit": 3, "sort": sort}
        while True:
            answer = site.client.get("/v1/search", params=asked, headers=clerk)
            assert answer.status_code == 200, answer.text
            told = answer.json()
            assert told["total"] == 7
            found += [item["id"] for item in told["items"]]
            if told["next_cursor"] is None:
                break
            asked["cursor"] = told["next_cursor"]
        assert sorted(found) == sorted(made), sort
    by_offset = site.client.get("/v1/search", params={"q": "firma", "limit": 3, "offset": 3}, headers=clerk)
    assert by_offset.json()["next_offset"] == 6
    wrong = site.client.get("/v1/search", params={"q": "firma", "cursor": "nonsense"}, headers=clerk)
    assert wrong.status_code == 422
    assert "cursor" in wrong.json()["detail"]


ORDER = "Zamówienie nr ZAM/77/2026\nDostawca: Orzeł Druk\nfolia bąbelkowa, kartony klapowe, taśma pakowa\n"


def test_papers_like_one_and_papers_that_belong_with_it(site: Site) -> None:
    order = site.filed("order.txt", ORDER.encode())
    like = site.filed("like.txt", b"Oferta: folia babelkowa, kartony klapowe, tasma pakowa, palety\n")
    other = site.filed("other.txt", "Umowa o pracę: pracownik, wynagrodzenie, urlop\n".encode())
    one, two = _papers(site, ("Orzeł Druk", NIPS[0]), ("Orzeł Druk", NIPS[0]))
    clerk = site.as_("clerk")
    told = site.client.get(f"/v1/records/{order}/similar", headers=clerk).json()
    assert [r["id"] for r in told["similar"]] == [like]
    assert told["similar"][0]["score"] > 0
    assert other not in {r["id"] for r in told["similar"]}
    shared = site.client.get(f"/v1/records/{one}/similar", headers=clerk).json()["same_parties"]
    assert [(r["id"], r["shared"]) for r in shared] == [(two, "Orzeł Druk"), (order, "Orzeł Druk")]
    assert site.client.get(f"/v1/records/{'0' * 26}/similar", headers=clerk).status_code == 404
    assert "folia" in telling(site.app.index.engine, ORDER)
    assert telling(site.app.index.engine, "") == []
