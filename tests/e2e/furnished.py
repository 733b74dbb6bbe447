"""An archive with something on every page, and with names that try to break each of them."""

import re
import time

import httpx

from tests.e2e.browser import PASSWORD, Served

#: Markup, marks that turn the direction of writing, a word without an end.
HOSTILE = (
    '<script>alert(1)</script> "><img src=x onerror=alert(2)>',
    "\u202egnp.xls \u2066faktura\u2069 عقد العمل",
    "Bardzodługienazwisko" * 14,
)


_PLAN = """\
jurisdiction: PL
classes:
  - code: PL-ACC-08
    domain: accounting
    title: {pl: Dowody, en: Vouchers}
    doc_types: [invoice]
    rules:
      - {id: PL-ACC-08, trigger: fiscal_year_end, rounding: start_of_next_fiscal_year, period: 6y, basis: law}
"""


def _invoice(number: int, vendor: str) -> bytes:
    return f"""Faktura VAT nr FV/2026/{number:04}
Data wystawienia: 2026-03-{number % 28 + 1:02}
Sprzedawca: {vendor}
NIP: 526-000-12-46
Razem netto: 1003,66 PLN
VAT 23%: 230,84 PLN
Do zapłaty: 1 234,50 PLN
""".encode()


def furnish(site: Served) -> dict[str, str]:
    """Fill a served archive by its own commands and services; addresses of pages by name."""
    folder = site.home.parent / "furnish"
    folder.mkdir()
    for number, vendor in enumerate(("Zakłady Testowe Łódź sp. z o.o.", "ORLEN S.A.", *HOSTILE), 1):
        (folder / f"faktura {number}.txt").write_bytes(_invoice(number, vendor))
    (folder / ("x" * 180 + ".txt")).write_text("Notatka służbowa\nZebranie w sprawie magazynu.\n", "utf-8")
    (folder / "<b>&amp;umowa</b>.txt".replace("/", "∕")).write_text("Umowa o pracę\nJan Kowalski\n", "utf-8")
    payslip = (
        "Pasek płacowy za marzec 2026",
        "Pracownik: Zofia Testowa",
        "PESEL: 44051401359",
        "Netto: 5 987,65",
    )
    (folder / "pasek.txt").write_text("\n".join(payslip), "utf-8")
    old = _invoice(99, "Stary Dostawca").replace(b"2026", b"2015")
    (folder / "stara.txt").write_bytes(old)
    (folder / "unread.txt").write_bytes(b"Faktura VAT nr 9\nDo zaplaty: ??\n")
    for login, roles in (
        ("olga", ("clerk", "officer")),
        ("otto", ("officer",)),
        ("adam", ("administrator", "auditor")),
    ):
        site.akta(
            *(
                "user",
                "add",
                login,
                "--name",
                f"{login.title()} {HOSTILE[0] if login == 'otto' else ''}".strip(),
            ),
            *(part for role in roles for part in ("--role", role)),
            *("--grant", "all:3", "--language", "en" if login == "adam" else "pl", "--password", PASSWORD),
        )
    site.akta("ingest", str(folder), "--wait")
    return _decide(site)


class _Desk:
    """Somebody who fills forms in."""

    def __init__(self, site: Served, login: str) -> None:
        self._client = httpx.Client(base_url=site.url, follow_redirects=True, timeout=60)
        self._client.post("/sign-in", data={"login": login, "password": PASSWORD})
        found = re.search(r'name="csrf" content="([^"]+)"', self._client.get("/account").text)
        assert found
        self._csrf = found[1]

    def send(self, path: str, **form: str) -> httpx.Response:
        answer = self._client.post(path, data={"csrf": self._csrf, **form})
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-2000:])
        return answer

    def drop(self, name: str, data: bytes) -> None:
        """Drop a file and wait until it needs a person."""
        headers = {"x-csrf-token": self._csrf}
        assert (
            self._client.post("/intake/files", files={"file": (name, data)}, headers=headers).status_code
            == 202
        )
        deadline = time.monotonic() + 60
        while "/records/" not in self._client.get("/review?state=quarantined").text:
            assert time.monotonic() < deadline, name
            time.sleep(0.2)

    def first(self, path: str, pattern: str) -> str:
        """The first address of a page that a pattern fits."""
        page = self._client.get(path).text
        found = re.search(rf'href="({pattern})', page)
        assert found, (path, pattern, page[-3000:])
        return found[1]


def _decide(site: Served) -> dict[str, str]:
    """Holds, requests, dispositions, saved searches: what people would have done."""
    olga, otto = _Desk(site, "olga"), _Desk(site, "otto")
    olga.drop("p.pdf", b"MZ" + bytes(700))
    hold = {"matter": HOSTILE[0], "reason": HOSTILE[2], "query": "notatka", "custodians": "olga otto"}
    olga.send("/holds/new", **hold, review_on="2020-01-01", act="preview", notice=HOSTILE[1])
    olga.send("/holds/new", **hold, review_on="", act="place", notice=HOSTILE[1])
    for kind, subject in (("access", HOSTILE[2][:250]), ("erasure", HOSTILE[0])):
        olga.send("/requests", kind=kind, subject=subject, received_on="2026-01-02", contact=HOSTILE[1])
    olga.send("/searches", q="faktura", sort="newest", name=HOSTILE[2][:118], told="yes")
    olga.send("/exports", q="faktura", sort="newest", form="csv")
    olga.send("/schedules", title=HOSTILE[2][:190], text=_PLAN, note=HOSTILE[0], act="draft")
    draft = olga.first("/schedules", r"/schedules/01\w{24}")
    olga.send(f"{draft}/decide", act="simulate")
    otto.send("/dispositions", title=HOSTILE[2][:190], ground=HOSTILE[0])
    pages = {
        "draft": draft,
        "hold": olga.first("/holds", r"/holds/\w{26}"),
        "request": olga.first("/requests", r"/requests/\w{26}"),
        "disposition": otto.first("/dispositions", r"/dispositions/\w{26}"),
        "saved": olga.first("/searches", r"/searches/\w{26}"),
        "party": olga.first("/parties", r"/parties/\w{26}"),
        "doubted": olga.first("/review", r"/records/\w{26}"),
        "quarantined": olga.first("/review?state=quarantined", r"/records/\w{26}"),
        "masked": olga.first("/search?q=type:payslip", r"/records/\w{26}"),
        "record": olga.first("/search?q=faktura+script", r"/records/\w{26}"),
    }
    olga.send(f"{pages['request']}/find", q="faktura")
    return pages


#: Everything that can be asked for without a number.
PAGES = (
    *("/home", "/intake", "/intake?show=filed", "/review", "/review?state=quarantined", "/spot-checks"),
    *("/search", "/search?q=faktura", "/search?q=faktura+vendr:x", "/search?q=zzzz", "/searches", "/exports"),
    *(
        "/parties",
        "/parties/suggestions",
        "/cases",
        "/entities",
        "/retention",
        "/schedules",
        "/schedules/new",
        "/events",
        "/holds",
        "/holds/new",
    ),
    *("/dispositions", "/requests", "/quality", "/types", "/audit", "/account", "/keys", "/components"),
    *("/stuck", "/nowhere", "/account/second-factor"),
    *(f"/admin/{name}" for name in ("people", "roles", "tokens", "jobs", "health", "models")),
)
