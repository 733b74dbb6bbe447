"""The tree of types over HTTP and on its page."""

from tests.api.conftest import Site
from tests.unit.ingest.test_doctypes import GOOD, PAPER

DEFINITION = {
    "domain": "hr",
    "name": {"pl": "Karta parkingowa", "en": "Parking permit"},
    "titles": {"strong": ["karta parkingowa"]},
    "fields": [
        {
            "name": "plate",
            "type": "identifier",
            "label": {"pl": "Numer rejestracyjny", "en": "Registration number"},
            "phrases": ["nr rejestracyjny"],
        }
    ],
    "class": "PL-HR-01",
}


def test_a_type_is_defined_used_corrected_to_and_disabled(site: Site) -> None:
    officer, clerk = site.as_("officer"), site.as_("clerk")
    made = site.client.put("/v1/types/parking_permit", json=DEFINITION, headers=officer)
    assert made.status_code == 200, made.text
    assert (made.json()["version"], made.json()["path"]) == (1, ["parking_permit"])
    stale = site.client.put(
        "/v1/types/parking_permit", json=DEFINITION, headers={**officer, "if-match": '"parking_permit.0"'}
    )
    assert stale.status_code == 412
    record = site.filed("karta.txt", PAPER.encode())
    shown = site.client.get(f"/v1/records/{record}", headers=clerk).json()
    assert (shown["doc_type"], shown["subtype"]) == ("parking_permit", None)
    fields = {f["name"]: f["value"] for f in shown["fields"]}
    assert fields["plate"] == "WA 12345"
    site.sign_in("clerk")
    page = site.client.get(f"/records/{record}").text
    assert "Parking permit" in page
    assert "Registration number" in page
    etag = site.client.get(f"/v1/records/{record}", headers=clerk).headers["etag"]
    patched = site.client.patch(
        f"/v1/records/{record}", json={"doc_type": "pit_11"}, headers={**clerk, "if-match": etag}
    ).json()
    assert (patched["domain"], patched["doc_type"], patched["subtype"]) == (
        "accounting",
        "tax_form",
        "pit_11",
    )
    off = site.client.put("/v1/types/parking_permit", json={"active": False}, headers=officer).json()
    assert (off["active"], off["version"]) == (False, 2)


def test_mistakes_come_with_line_and_key(site: Site) -> None:
    officer = site.as_("officer")
    url = "/v1/types/validate"
    good = site.client.post(url, json={"yaml": GOOD}, headers=officer).json()
    assert (good["valid"], len(good["types"])) == (True, 1)
    bad = GOOD.replace("domain: hr", "domain: moon")
    [error] = site.client.post(url, json={"yaml": bad}, headers=officer).json()["errors"]
    assert (error["line"], error["field"]) == (3, "domain")
    wrong = site.client.put("/v1/types/x1", json={**DEFINITION, "domain": "moon"}, headers=officer)
    assert wrong.status_code == 422
    assert wrong.json()["field"] == "domain"
    for body in ({"active": "no"}, {"active": None}, {}):
        assert site.client.put("/v1/types/x1", json=body, headers=officer).status_code == 422
    assert site.client.put("/v1/types/nosuch", json={"active": True}, headers=officer).status_code == 404
    assert site.client.put("/v1/types/unknown", json={"active": False}, headers=officer).status_code == 409


def test_the_page_lists_the_tree_in_both_languages(site: Site) -> None:
    site.client.put("/v1/types/parking_permit", json=DEFINITION, headers=site.as_("officer"))
    csrf = site.sign_in("officer")
    english = site.client.get("/types").text
    for words in (
        "Document types",
        "Parking permit",
        "defined here, version 1",
        "PIT-11",
        "Registration number",
    ):
        assert words in english
    site.client.post("/account/language", data={"choice": "pl", "csrf": csrf})
    polish = site.client.get("/types").text
    for words in ("Rodzaje dokumentów", "Nota korygująca", "Karta parkingowa", "należy do Akty"):
        assert words in polish
    site.sign_in("clerk")
    listed = site.client.get("/v1/types", headers=site.as_("clerk")).json()["items"]
    codes = [t["code"] for t in listed]
    assert codes.index("pit_11") > codes.index("pit") > codes.index("tax_form")
