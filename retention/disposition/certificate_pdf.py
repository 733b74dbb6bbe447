"""A certificate as a paper: Polish and English side by side, one line for each record."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from fpdf import FPDF

from retention.disposition.words import ACTIONS, DECISIONS, FAILURES, NEEDS, OUTCOMES, REMAINS, say

_A4: Final = (595.28, 841.89)
_MARGIN: Final = 40.0
_WIDTH: Final = _A4[0] - 2 * _MARGIN
#: Left edges of the list's columns: number and record, class and rule, original, outcome.
_AT: Final = (0.0, 165.0, 285.0, 415.0)
_ROW: Final = 21.0


def certificate_pdf(envelope: dict[str, Any], sha256: str, font: Path) -> bytes:
    """The PDF of a certificate file; `sha256` is that of the file, by which the two belong together."""
    body = envelope["certificate"]
    pdf = FPDF(unit="pt", format=_A4)
    pdf.set_creation_date(datetime.fromisoformat(body["made_at"]))
    pdf.set_auto_page_break(False)
    pdf.set_title(f"Akta {body['id']}")
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.add_font("sans", fname=font)
    pdf.add_page()
    y = _title(pdf)
    for (polish, english), value in _facts(envelope, sha256):
        y = _fact(pdf, y, polish, english, value)
    y = _headers(pdf, y + 14)
    for number, item in enumerate(body["items"], start=1):
        if y > _A4[1] - _MARGIN - _ROW:
            _foot(pdf, body)
            pdf.add_page()
            y = _headers(pdf, _MARGIN)
        y = _row(pdf, y, number, item)
    _foot(pdf, body)
    return bytes(pdf.output())


def _title(pdf: FPDF) -> float:
    pdf.set_font("sans", size=17)
    pdf.text(_MARGIN, _MARGIN + 17, "Protokół brakowania")
    pdf.text(_MARGIN + _WIDTH / 2, _MARGIN + 17, "Certificate of disposition")
    return _MARGIN + 40


def _facts(envelope: dict[str, Any], sha256: str) -> list[tuple[tuple[str, str], str]]:
    body = envelope["certificate"]
    counts = body["counts"]
    told = [
        (("Numer", "Number"), body["id"]),
        (("Tytuł", "Title"), body["title"]),
        (("Podstawa", "Ground"), body["ground"]),
        (("Zaproponował(a)", "Proposed by"), _who(body["proposed"]["by"], body["proposed"]["at"])),
        (("Przejrzeli", "Reviewed by"), "; ".join(_who(p, None) for p in body["reviewed"]["by"])),
        (("Zatwierdził(a)", "Released by"), _who(body["released"]["by"], body["released"]["at"])),
        *(
            (
                ("Konto założone lub zmienione", "Account made or reset"),
                f"{_who(tie['account'], None)} ← {_who(tie['set_by'], None)}",
            )
            for tie in body.get("accounts", ())
        ),
        (("Wykonano", "Carried out"), f"{body['started_at']} – {body['made_at']}"),
    ]
    for need, given in sorted(body["consents"].items()):
        told.append(((say(NEEDS, need, "pl"), say(NEEDS, need, "en")), str(given["reference"])))
    if drafts := body.get("draft_rules"):
        told.append((("Reguły bez podpisu prawnika", "Rules that no lawyer signed"), ", ".join(drafts)))
    names = (("destroyed", OUTCOMES), ("transferred", OUTCOMES), ("failed", OUTCOMES))
    for name, table in names:
        told.append(((say(table, name, "pl"), say(table, name, "en")), str(counts[name])))
    for name in ("extend", "relabel", "exclude"):
        if counts[name]:
            told.append(((say(DECISIONS, name, "pl"), say(DECISIONS, name, "en")), str(counts[name])))
    told += [
        (("Skrót zatwierdzonej listy", "Hash of the released list"), str(body["released"]["digest"])),
        (("Skrót pliku JSON (SHA-256)", "Hash of the JSON file (SHA-256)"), sha256),
        (("Podpis Ed25519", "Signature, Ed25519"), envelope["signature"]),
        (("Klucz publiczny", "Public key"), envelope["public_key"]),
    ]
    return told


def _who(person: dict[str, str] | None, at: str | None) -> str:
    if person is None:
        return "–"
    name = person.get("name") or person["id"]
    return f"{name} ({person.get('login', person['id'])})" + (f", {at}" if at else "")


def _fact(pdf: FPDF, y: float, polish: str, english: str, value: str) -> float:
    """A label in both languages and its value; goes to the next page where there is no room."""
    pdf.set_font("sans", size=9)
    lines = _wrapped(pdf, value, _WIDTH - 190)
    if y + 12 * max(2, len(lines)) > _A4[1] - _MARGIN:
        pdf.add_page()
        pdf.set_font("sans", size=9)
        y = _MARGIN + 10
    pdf.set_text_color(70)
    pdf.text(_MARGIN, y, polish)
    pdf.set_font("sans", size=7.5)
    pdf.text(_MARGIN, y + 9, english)
    pdf.set_text_color(0)
    pdf.set_font("sans", size=9)
    for index, line in enumerate(lines):
        pdf.text(_MARGIN + 190, y + 12 * index, line)
    return y + max(22.0, 12.0 * len(lines) + 4)


def _wrapped(pdf: FPDF, text: str, width: float) -> list[str]:
    lines = [""]
    for part in text.split():
        word = part
        while pdf.get_string_width(word) > width:  # a hash: cut where the line ends
            cut = max(1, int(len(word) * width / pdf.get_string_width(word)) - 1)
            lines.append(word[:cut])
            word = word[cut:]
        joined = f"{lines[-1]} {word}".strip()
        if pdf.get_string_width(joined) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return [line for line in lines if line] or ["–"]


def _headers(pdf: FPDF, y: float) -> float:
    pdf.set_font("sans", size=7.5)
    pdf.set_text_color(70)
    columns = (
        ("Dokument", "Record"),
        ("Klasa, reguła", "Class, rule"),
        ("Oryginał (SHA-256)", "Original (SHA-256)"),
        ("Wynik", "Outcome"),
    )
    for left, (polish, english) in zip(_AT, columns, strict=True):
        pdf.text(_MARGIN + left, y + 8, f"{polish} / {english}")
    pdf.set_draw_color(150)
    pdf.line(_MARGIN, y + 12, _MARGIN + _WIDTH, y + 12)
    pdf.set_text_color(0)
    return y + 16


def _row(pdf: FPDF, y: float, number: int, item: dict[str, Any]) -> float:
    pdf.set_font("sans", size=6.5)
    rule = f"{item['rule']} v{item['rule_version']}" if item["rule"] else "–"
    kept = f"→ {item['kept_through']}" if item["kept_through"] else ""
    first = (
        f"{number}. {item['record']}",
        str(item["class"] or "–"),
        item["sha256"][:32],
        _result(item, "pl"),
    )
    second = (str(item["at"] or "")[:19], f"{rule} {kept}".strip(), item["sha256"][32:], _result(item, "en"))
    for left, above, below in zip(_AT, first, second, strict=True):
        pdf.text(_MARGIN + left, y + 7, above[:60])
        pdf.text(_MARGIN + left, y + 15, below[:60])
    return y + _ROW


def _result(item: dict[str, Any], language: str) -> str:
    if item["decision"] != "accept":
        return say(DECISIONS, item["decision"], language)
    if item["outcome"] == "failed":
        return say(FAILURES, item["failure"], language)
    told = say(OUTCOMES, item["outcome"], language) or say(ACTIONS, item["action"], language)
    why = {str(r["why"]) for r in item["remains"]}
    return told + ("" if not why else " – " + "; ".join(say(REMAINS, w, language) for w in sorted(why)))


def _foot(pdf: FPDF, body: dict[str, Any]) -> None:
    pdf.set_font("sans", size=7)
    pdf.set_text_color(110)
    pdf.text(_MARGIN, _A4[1] - 18, f"{body['id']} · {pdf.page_no()}")
    pdf.set_text_color(0)
