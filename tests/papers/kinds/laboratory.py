"""Papers of the laboratory: reports of blood tests, orders, what instruments print, calibrations."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from tests.papers import numbers
from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.hl7 import as_hl7
from tests.papers.kinds.registry import Draft, kind
from tests.papers.kinds.tested import Result, bounds, doctor, measured, patient, shown, visit, words
from tests.papers.pools import pools
from tests.papers.sheet import Block, Gap, Grid, Pairs, Side, Text


@kind("lab_report", "lab", "docx", "hl7")
def lab_report(desk: Desk) -> Draft:
    """Results of blood tests, in one table or one to a panel."""
    seen, results = visit(desk), measured(desk, 1, 3)
    lab = replace(desk.company(), name=desk.pick(words(desk, "labs")))
    title = desk.say(
        "Sprawozdanie z badań laboratoryjnych|Wyniki badań laboratoryjnych|Wynik badania laboratoryjnego|Sprawozdanie z badania",
        "Laboratory Report|Laboratory Results|Blood Test Results|Final Report|Pathology Report",
    )
    taken, came = desk.today - timedelta(days=desk.rng.randint(0, 2)), desk.today
    who = patient(desk, seen)
    about = [
        doctor(desk, seen),
        (desk.say("Jednostka zlecająca|Zleceniodawca", "Location|Clinic"), seen.ward),
        (desk.say("Materiał|Rodzaj materiału", "Specimen type|Specimen"), seen.sample),
        (
            desk.say("Nr próbki|Kod próbki|Numer próbki", "Specimen ID|Sample no.|Accession no."),
            desk.put("specimen", seen.specimen),
        ),
        (
            desk.say("Nr zlecenia|Numer zlecenia", "Order no.|Requisition no."),
            desk.put("order_number", seen.order),
        ),
        (desk.say("Data pobrania|Pobrano", "Collected|Collection date"), desk.written(taken)),
        (
            desk.say("Data wyniku|Data wydania|Data sprawozdania", "Reported|Report date|Date reported"),
            desk.day("date", came),
        ),
    ]
    page = desk.sheet()
    page.add(*deals.letterhead(desk, lab, "vendor"), *deals.heading(desk, title))
    if desk.chance(0.5):
        page.add(*deals.two(desk, [Pairs(who, "colon")], [Pairs(about, "colon")]))
    else:
        page.add(*deals.facts(desk, [*who, *about]), Gap(6))
    page.add(*_tables(desk, results))
    page.add(
        *[Text(line, size=0.85, gap=4) for line in desk.some(words(desk, "remarks"), 1, 3)],
        *deals.signatures(
            desk,
            "",
            desk.say(
                "Autoryzował: diagnosta laboratoryjny {}|Wynik autoryzował(a) mgr {}",
                "Authorised by {}, biomedical scientist|Laboratory director: {}, MD",
            ).format(desk.person().name),
        ),
    )
    draft = Draft(
        page, deals.stem(desk, desk.say("wyniki|badania|sprawozdanie", "lab_report|results")), title
    )
    draft.forms["hl7"] = lambda: as_hl7(desk, seen, results, lab.name)
    return draft


def _tables(desk: Desk, results: list[Result]) -> list[Block]:
    head = (
        desk.say("Badanie|Parametr|Oznaczenie", "Test|Analyte|Component"),
        desk.say("Wynik", "Result|Value"),
        desk.say("Flaga|Uwagi|", "Flag|Abnormal|"),
        desk.say("Jednostka|J.m.", "Units|Unit"),
        desk.say(
            "Zakres referencyjny|Wartości referencyjne|Norma", "Reference range|Reference interval|Ref. range"
        ),
    )
    high, low = desk.pick((("H", "L"), ("H", "L"), ("H *", "L *"), ("(H)", "(L)")))
    dash, coded = desk.pick((" - ", "-", " – ")), desk.chance(0.3)
    marks = {"H": high, "L": low, "": ""}
    style, size = deals.grid_style(desk)
    split = desk.chance(0.6)
    blocks: list[Block] = []
    rows: list[list[str]] = []
    strong: list[int] = []
    for line in words(desk, "panels"):
        panel, name = line.split("|")
        mine = [
            [
                f"{r.name} ({r.code})" if coded and r.code not in r.name else r.name,
                shown(desk, r.value),
                marks[r.flag],
                r.unit,
                bounds(desk, r, dash),
            ]
            for r in results
            if r.panel == panel
        ]
        if mine and split:
            blocks += [
                Text(name, bold=True, gap=8),
                Grid(head, mine, (3.4, 1, 0.7, 1.1, 1.6), "lrclr", style, size),
            ]
        elif mine:
            strong.append(len(rows))
            rows += [[name, "", "", "", ""], *mine]
    if rows:
        blocks.append(Grid(head, rows, (3.4, 1, 0.7, 1.1, 1.6), "lrclr", style, size, frozenset(strong)))
    return [*blocks, Gap(8)]


@kind("lab_order", "lab", "docx")
def lab_order(desk: Desk) -> Draft:
    """A slip that asks for tests, with boxes ticked or a plain list."""
    seen = visit(desk)
    title = desk.say(
        "Skierowanie na badania laboratoryjne|Zlecenie badań laboratoryjnych|Skierowanie do laboratorium diagnostycznego",
        "Laboratory Requisition|Laboratory Test Request|Pathology Request Form|Lab Order",
    )
    clinic = replace(desk.company(), name=desk.pick(words(desk, "clinics")))
    about = [
        doctor(desk, seen),
        (
            desk.say("Data zlecenia|Data skierowania|Data", "Order date|Date requested|Date"),
            desk.day("date", desk.today),
        ),
        (
            desk.say("Nr zlecenia|Numer", "Requisition no.|Order number"),
            desk.put("document_number", seen.order),
        ),
        (desk.say("Jednostka kierująca|Oddział / poradnia", "Location|Ward / clinic"), seen.ward),
        (
            desk.say("Tryb|Priorytet", "Priority"),
            desk.say("☒ rutynowy  ☐ pilny (CITO)|zwykły|CITO", "☒ Routine  ☐ STAT|Routine|STAT"),
        ),
        (
            desk.say("Rozpoznanie|Rozpoznanie kliniczne", "Clinical details|Diagnosis / indication"),
            desk.pick(words(desk, "complaints")),
        ),
    ]
    if desk.chance(0.7):
        about.append(
            (desk.say("Kod próbki|Nr próbki", "Specimen ID|Sample no."), desk.put("specimen", seen.specimen))
        )
        about.append((desk.say("Materiał", "Specimen type"), seen.sample))
    page = desk.sheet()
    if desk.chance(0.7):
        page.add(*deals.letterhead(desk, clinic))
    page.add(
        *deals.heading(desk, title),
        *deals.facts(desk, patient(desk, seen)),
        Gap(6),
        *deals.facts(desk, about),
    )
    page.add(
        Text(
            desk.say(
                "Proszę o wykonanie badań:|Zlecone badania|Badania",
                "Tests requested|Please perform:|Tests ordered",
            ),
            bold=True,
            gap=10,
        ),
        Gap(4),
    )
    lines = words(desk, "analytes" if desk.pl else f"analytes_{desk.region.lower()}")
    names = [line.split("|")[2] for line in desk.some(lines, 6, 20)]
    wanted = set(desk.some(names, 2, 7))
    if desk.chance(0.6):
        cells = [("☒ " if name in wanted else "☐ ") + name for name in names]
        half = (len(cells) + 1) // 2
        left: list[Block] = [Text(cell) for cell in cells[:half]]
        page.add(Side(left, [Text(cell) for cell in cells[half:]]))
    else:
        page.add(*[Text(f"{n}. {name}", indent=8) for n, name in enumerate(sorted(wanted), 1)])
    page.add(
        *deals.signatures(
            desk,
            desk.say("pobrał(a)|", "Collected by|"),
            desk.say("pieczęć i podpis lekarza", "Physician signature"),
        )
    )
    return Draft(page, deals.stem(desk, desk.say("skierowanie|zlecenie", "lab_order|requisition")), title)


@kind("instrument_result", "lab", laid_out=False)
def instrument_result(desk: Desk) -> Draft:
    """What a device writes to a file or on its strip: an export with commas, a strip, a run report."""
    raw = desk.pick((_export, _strip, _run))(desk)
    return Draft(
        desk.sheet(mono=True), deals.stem(desk, desk.say("wyniki|pomiar", "export|run|result")), "", raw
    )


def _device(desk: Desk) -> tuple[str, str, str]:
    """Maker, model and serial number."""
    maker, model = desk.pick(words(desk, "devices")).split("|")
    serial = desk.code(desk.pick(("########", "@@######", "SN######")))
    return desk.put("manufacturer", maker), desk.put("model", model), desk.put("serial_number", serial)


def _export(desk: Desk) -> str:
    mark = desk.pick((",", "\t", ";"))
    maker, model, serial = _device(desk)
    program = desk.put("software", desk.pick(("PlateView", "SpectraSuite", "LabTrace", "AssayDesk")))
    version = desk.put(
        "software_version", f"{desk.rng.randint(1, 9)}.{desk.rng.randint(0, 20)}.{desk.rng.randint(0, 9)}"
    )
    head = [
        (desk.say("Program|Oprogramowanie", "Software|Application"), program),
        (desk.say("Wersja|Wersja oprogramowania", "Software version|Version"), version),
        (desk.say("Producent", "Manufacturer"), maker),
        (desk.say("Model|Typ aparatu", "Instrument type|Model"), model),
        (desk.say("Nr seryjny|Numer seryjny", "Serial number|Serial no."), serial),
        (desk.say("Operator|Wykonał", "Operator|User"), desk.put("analyst", desk.person().name)),
        (desk.say("Data", "Date|Run date"), desk.day("date", desk.today)),
        (desk.say("Metoda|Protokół", "Method|Protocol"), desk.pick(words(desk, "methods"))),
    ]
    lines = [mark.join(pair) for pair in head] + [""]
    lines.append(
        mark.join(desk.say("Lp;Próbka;Analit;Wynik;Jednostka", "Well;Sample;Analyte;Result;Unit").split(";"))
    )
    for n, result in enumerate(measured(desk, 1, 2) * desk.rng.randint(1, 3), 1):
        lines.append(mark.join((str(n), desk.code("S-#####"), result.code, f"{result.value}", result.unit)))
    return "\n".join(lines) + "\n"


def _strip(desk: Desk) -> str:
    """A printer strip of a balance or an analyser, 32 characters wide."""
    maker, model, serial = _device(desk)
    rule = desk.pick(("-", "=", "*")) * 32
    lines = [maker.upper().center(32).rstrip(), model.center(32).rstrip(), rule]
    lines += [
        f"{desk.say('Nr ser.|S/N', 'S/N|Serial')}: {serial}",
        f"{desk.say('Data', 'Date')}: {desk.day('date', desk.today)}  {desk.rng.randint(6, 19):02d}:{desk.rng.randint(0, 59):02d}",
    ]
    lines += [
        f"{desk.say('Nr próbki|Próbka', 'Sample ID|Sample')}: {desk.put('specimen', desk.code('########'))}"
    ]
    lines += [
        f"{desk.say('Operator|Użytkownik', 'Operator|User')}: {desk.put('analyst', desk.person().last)}",
        rule,
    ]
    for result in measured(desk, 1, 2):
        value = f"{result.value:f}" + (f" {result.flag}" if result.flag else "  ")
        lines.append(f"{result.code:<6}{value:>12}  {result.unit}")
    lines += [
        rule,
        desk.say("Koniec wydruku|--- podpis: ..........", "End of report|Signature: ............"),
    ]
    return "\n".join(lines) + "\n"


def _run(desk: Desk) -> str:
    """A report of a run with peaks."""
    maker, model, serial = _device(desk)
    lines = [
        desk.say("RAPORT Z ANALIZY|RAPORT CHROMATOGRAFICZNY", "ANALYSIS REPORT|CHROMATOGRAPHY REPORT"),
        "=" * 60,
    ]
    items = [
        (desk.say("Aparat|Przyrząd", "Instrument"), f"{maker} {model}"),
        (desk.say("Numer seryjny", "Serial Number"), serial),
        (desk.say("Nazwa próbki", "Sample Name"), desk.put("specimen", desk.code("@@-####"))),
        (desk.say("Analityk|Operator", "Acq. Operator|Analyst"), desk.put("analyst", desk.person().name)),
        (desk.say("Data nastrzyku|Data analizy", "Injection Date|Acquired"), desk.day("date", desk.today)),
        (desk.say("Objętość nastrzyku", "Inj. Volume"), f"{desk.rng.randint(1, 20)} µl"),
        (desk.say("Kolumna", "Column"), "C18 150 x 4.6 mm, 5 µm"),
    ]
    lines += [f"{label:<22}: {value}" for label, value in items]
    lines += [
        "",
        desk.say("Pik   Czas ret.   Powierzchnia     Pow. %", "Peak   RetTime        Area        Area %"),
        "-" * 60,
    ]
    areas = [desk.price(2, 4000) for _ in range(desk.rng.randint(3, 9))]
    when = Decimal("1.2")
    for n, area in enumerate(areas, 1):
        when += desk.price("0.2", "3.4")
        lines.append(f"{n:>4} {when:>9} {area:>14} {numbers.cents(area * 100 / sum(areas)):>12}")
    return "\n".join([*lines, "-" * 60, f"{desk.say('Suma', 'Totals')}: {sum(areas)}"]) + "\n"


@kind("calibration_certificate", "lab", "docx")
def calibration_certificate(desk: Desk) -> Draft:
    """A certificate of a calibration, with points, errors and uncertainty."""
    pool = pools("measuring", desk.language)
    maker, model, thing, unit, top, places = desk.pick(pool["makers"]).split("|")
    lab, owner = replace(desk.company(), name=desk.pick(pool["laboratories"])), desk.company()
    title = desk.say(
        "Świadectwo wzorcowania|Świadectwo kalibracji", "Calibration Certificate|Certificate of Calibration"
    )
    number = desk.put("document_number", desk.code(desk.pick(("####/{y}", "@@-####-{yy}", "W/{yy}/####"))))
    items = [
        (desk.say("Przedmiot wzorcowania|Przyrząd", "Item calibrated|Instrument|Description"), thing),
        (desk.say("Producent|Wytwórca", "Manufacturer|Make"), desk.put("manufacturer", maker)),
        (desk.say("Typ|Model", "Model|Type"), desk.put("model", model)),
        (
            desk.say("Nr fabryczny|Numer seryjny|Nr seryjny", "Serial number|Serial no.|S/N"),
            desk.put("serial_number", desk.code(desk.pick(("######", "@#######")))),
        ),
        (
            desk.say("Zgłaszający|Zleceniodawca|Użytkownik", "Customer|Client"),
            f"{owner.name}, {owner.address.line}",
        ),
        (
            desk.say("Data wzorcowania", "Date of calibration|Calibrated on"),
            desk.written(desk.today - timedelta(days=desk.rng.randint(0, 5))),
        ),
        (
            desk.say("Data wystawienia|Data wydania świadectwa", "Date of issue|Issue date"),
            desk.day("date", desk.today),
        ),
        (desk.say("Metoda wzorcowania|Metoda", "Procedure|Method"), desk.pick(pool["methods"])),
        (
            desk.say("Warunki środowiskowe", "Environment|Ambient conditions"),
            f"({shown(desk, desk.price(19, 23))} ± 0{desk.say(',', '.')}5) °C, {desk.rng.randint(38, 60)} %",
        ),
    ]
    if desk.chance(0.5):
        items.append(
            (
                desk.say("Zalecany termin następnego wzorcowania", "Recommended due date|Calibration due"),
                desk.day("valid_until", desk.today + timedelta(days=365)),
            )
        )
    rows = []
    for n in range(1, desk.rng.randint(4, 8)):
        point = Decimal(f"{float(top) * n / 8:.{places}f}")
        error = Decimal(f"{desk.rng.uniform(-0.002, 0.002) * float(top):.{places}f}")
        spread = Decimal(f"{max(0.0015 * float(top), 10 ** -int(places)):.{places}f}")
        rows.append([shown(desk, v) for v in (point, point + error, error, spread)])
    named = desk.say(
        "Wartość wzorcowa;Wskazanie;Błąd wskazania;Niepewność|Wzorzec;Odczyt przyrządu;Błąd;Niepewność rozszerzona U",
        "Reference value;Indication;Error;Uncertainty|Nominal;As found;Deviation;Expanded uncertainty U",
    ).split(";")
    style, size = deals.grid_style(desk)
    page = desk.sheet()
    page.add(
        *deals.letterhead(desk, lab, "vendor"),
        *deals.heading(desk, title, f"{desk.say('Nr|nr', 'No.|Certificate no.')} {number}"),
    )
    page.add(
        *deals.facts(desk, items),
        Text(
            desk.say("Wyniki wzorcowania|Wyniki pomiarów", "Results|Calibration results"), bold=True, gap=10
        ),
        Gap(4),
    )
    page.add(Grid([f"{name} [{unit}]" for name in named], rows, (1, 1, 1, 1), "rrrr", style, size))
    page.add(*[Text(line, size=0.9, gap=5) for line in desk.some(pool["statements"], 2, 4)])
    page.add(
        *deals.signatures(
            desk,
            desk.say("wzorcował(a)", "Calibrated by"),
            desk.say("kierownik laboratorium|zatwierdził", "Approved by"),
        )
    )
    page.footer = desk.pick((f"{number}   #", "", desk.say("Strona #", "Page #")))
    return Draft(
        page,
        deals.stem(desk, desk.say("swiadectwo_wzorcowania|wzorcowanie", "calibration|cert"), number),
        title,
    )
