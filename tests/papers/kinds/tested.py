"""Who was tested and what was measured: what papers of the laboratory share."""

from dataclasses import dataclass
from decimal import Decimal

from tests.papers.desk import Desk
from tests.papers.people import Person
from tests.papers.pools import pools


@dataclass(frozen=True, slots=True)
class Result:
    """A measured analyte; a bound that is None is open."""

    panel: str
    code: str
    name: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    value: Decimal

    @property
    def flag(self) -> str:
        if self.low is not None and self.value < self.low:
            return "L"
        return "H" if self.high is not None and self.value > self.high else ""


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose blood was taken, who asked for it, and the numbers it goes by."""

    patient: Person
    doctor: Person
    degree: str
    ward: str
    sample: str
    specimen: str
    order: str
    chart: str


def words(desk: Desk, pool: str) -> tuple[str, ...]:
    return pools("laboratory", desk.language)[pool]


def visit(desk: Desk) -> Visit:
    return Visit(
        desk.person(),
        desk.person(),
        desk.pick(words(desk, "degrees")),
        desk.pick(words(desk, "wards")),
        desk.pick(words(desk, "samples")),
        desk.code(desk.pick(("##########", "S{yy}-######", "@##########"))),
        desk.code(desk.pick(("{yy}{m}######", "@@-#######", "######/{y}"))),
        desk.code(desk.pick(("######", "@#######", "########"))),
    )


def measured(desk: Desk, few: int, many: int) -> list[Result]:
    """Results of `few` to `many` panels, every fifth or so out of its bounds."""
    panels = [line.split("|")[0] for line in words(desk, "panels")]
    chosen = desk.some(panels, few, many)
    out = []
    for line in words(desk, "analytes" if desk.pl else f"analytes_{desk.region.lower()}"):
        panel, code, name, unit, low, high, places = line.split("|")
        if panel not in chosen or desk.chance(0.12):
            continue
        lower, upper = Decimal(low) if low else None, Decimal(high) if high else None
        bottom, top = float(lower or upper or 1), float(upper or (lower or 1) * 2)
        if not low:
            bottom = top * 0.3
        if desk.chance(0.2):
            bottom, top = (top * 1.03, top * 1.6) if upper and desk.chance(0.6) else (bottom * 0.6, bottom)
        value = Decimal(f"{desk.rng.uniform(bottom, top):.{places}f}")
        out.append(Result(panel, code, name, unit, lower, upper, value))
    return out


def shown(desk: Desk, value: Decimal) -> str:
    text = f"{value:f}"
    return text.replace(".", ",") if desk.pl else text


def bounds(desk: Desk, result: Result, dash: str) -> str:
    if result.low is None:
        return f"< {shown(desk, result.high or Decimal(0))}"
    if result.high is None:
        return f"> {shown(desk, result.low)}"
    return f"{shown(desk, result.low)}{dash}{shown(desk, result.high)}"


def patient(desk: Desk, seen: Visit) -> list[tuple[str, str]]:
    """Who the patient is, as labels and values."""
    who = seen.patient
    name = desk.put("patient", who.name)
    items = [
        (desk.say("Pacjent|Imię i nazwisko|Nazwisko i imię pacjenta", "Patient|Patient name|Name"), name)
    ]
    if desk.pl:
        items.append(("PESEL", desk.put("pesel", who.national_id)))
    if not desk.pl or desk.chance(0.3):
        label = desk.say("Nr pacjenta|ID pacjenta", "MRN|Patient ID|Hospital no.")
        items.append((label, desk.put("patient_id", seen.chart)))
    if not desk.pl or desk.chance(0.6):
        label = desk.say("Data urodzenia|Data ur.", "Date of birth|DOB")
        items.append((label, desk.day("birth_date", who.born)))
    sex = desk.say("kobieta|K", "Female|F") if who.woman else desk.say("mężczyzna|M", "Male|M")
    items.append((desk.say("Płeć", "Sex|Gender"), sex))
    if desk.chance(0.4):
        items.append((desk.say("Adres|Adres zamieszkania", "Address"), who.address.line))
    return items


def doctor(desk: Desk, seen: Visit) -> tuple[str, str]:
    label = desk.say(
        "Lekarz zlecający|Lekarz kierujący|Zlecający",
        "Ordering physician|Requested by|Ordering provider|Referring doctor",
    )
    desk.put("ordering_provider", seen.doctor.name)
    return label, f"{seen.degree} {seen.doctor.name}"
