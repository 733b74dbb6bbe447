"""Everyday Polish papers: bills without VAT, correction notes, safety training, referrals, equipment cards."""

from datetime import timedelta

from tests.papers import numbers
from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.registry import Draft, kind
from tests.papers.kinds.staff import employee, grown, pesel, position
from tests.papers.kinds.tested import visit, words
from tests.papers.sheet import Frame, Gap, Grid, Pairs, Text

_TRAININGS = (
    "szkolenie okresowe pracowników administracyjno-biurowych",
    "szkolenie okresowe osób kierujących pracownikami",
    "szkolenie okresowe pracowników na stanowiskach robotniczych",
    "szkolenie wstępne ogólne",
)
_WORK = (
    "Naprawa ogrodzenia", "Sprzątanie biura", "Tłumaczenie dokumentów", "Projekt ulotki",
    "Przeprowadzenie szkolenia", "Usługa fryzjerska", "Montaż mebli", "Korepetycje",
)  # fmt: skip
_WRONG = (
    ("Nabywca: ul. Polna 12, 00-001 Warszawa", "Nabywca: ul. Polna 21, 00-001 Warszawa"),
    ("Data sprzedaży podana błędnie", "Data sprzedaży zgodna z dokumentem WZ"),
    ("Nazwa towaru: śruba M8", "Nazwa towaru: śruba M10"),
)
_MACHINES = (
    ("Laptop", "Dell", "Latitude 5540"), ("Drukarka laserowa", "Brother", "HL-L2372DN"),
    ("Wirówka laboratoryjna", "MPW", "MPW-352"), ("Sprężarka śrubowa", "Atlas Copco", "GA11"),
    ("Projektor", "Epson", "EB-W52"), ("Frezarka", "Haas", "VF-2"), ("Waga analityczna", "Radwag", "AS 220.R2"),
)  # fmt: skip


@kind("bill", "accounting", "docx", doc_type="invoice", languages=("pl",))
def bill(desk: Desk) -> Draft:
    """A bill of somebody who charges no VAT."""
    seller, buyer = desk.company(), desk.company()
    number = desk.put("invoice_number", desk.code(desk.pick(("##/{y}", "R/##/{m}/{y}", "#/{m}/{y}"))))
    page = desk.sheet()
    page.add(*deals.heading(desk, f"Rachunek nr {number}", *(["oryginał"] if desk.chance(0.4) else [])))
    page.add(
        *deals.facts(
            desk,
            [
                ("Data wystawienia", desk.day("date", desk.today)),
                ("Miejsce wystawienia", seller.address.city),
            ],
        ),
        Gap(8),
    )
    left = deals.party(desk, seller, desk.pick(("Wystawca", "Sprzedawca")), "vendor", "vendor_nip")
    right = deals.party(desk, buyer, "Nabywca", "buyer", "buyer_nip")
    page.add(*deals.two(desk, left, right), Gap(8))
    lines = [(name, desk.price(40, 1800)) for name in desk.some(_WORK, 1, 4)]
    rows = [
        [str(n), name, "1", desk.amount(price), desk.amount(price)]
        for n, (name, price) in enumerate(lines, 1)
    ]
    head = ("Lp.", "Nazwa usługi", "Ilość", "Cena", "Wartość")
    style, size = deals.grid_style(desk)
    page.add(Grid(head, rows, (0.5, 3.4, 0.7, 1.2, 1.2), "llrrr", style, size), Gap(6))
    total = sum((price for _, price in lines), numbers.cents(0))
    label = desk.pick(("Razem do zapłaty", "Do zapłaty", "Kwota do zapłaty"))
    page.add(Text(f"{label}: {desk.money('total', total)} {desk.priced()}", bold=True))
    page.add(Text(f"Słownie: {numbers.in_polish_words(total)}"))
    page.add(
        Text("Sprzedawca zwolniony z podatku VAT na podstawie art. 113 ust. 1 ustawy.", size=0.85, gap=6)
    )
    page.add(*deals.signatures(desk, "podpis wystawcy", "podpis odbiorcy"))
    return Draft(page, deals.stem(desk, "rachunek"), "Rachunek")


@kind("correction_note", "accounting", "docx", doc_type="invoice_correction", languages=("pl",))
def correction_note(desk: Desk) -> Draft:
    """A buyer's note that puts an invoice's words right; its sums stay."""
    seller, buyer = desk.company(), desk.company()
    number = desk.put("document_number", desk.code(desk.pick(("NK/##/{y}", "##/{m}/{y}", "NK ##/{y}"))))
    invoice = desk.put("corrected_number", desk.code(desk.pick(("FV/###/{m}/{y}", "###/{y}", "FS-####/{y}"))))
    page = desk.sheet()
    page.add(*deals.heading(desk, f"Nota korygująca nr {number}"))
    when = desk.today - timedelta(days=desk.rng.randint(3, 50))
    items = [
        ("Data wystawienia", desk.day("date", desk.today)),
        ("Do faktury nr", invoice),
        ("z dnia", desk.written(when)),
    ]
    page.add(Pairs(items, desk.pick(("colon", "tab"))), Gap(8))
    left = deals.party(desk, buyer, desk.pick(("Wystawca noty", "Nabywca")), "buyer", "buyer_nip")
    right = deals.party(desk, seller, desk.pick(("Wystawca faktury", "Sprzedawca")), "vendor", "vendor_nip")
    page.add(*deals.two(desk, left, right), Gap(8))
    wrong, right_text = desk.pick(_WRONG)
    style, size = deals.grid_style(desk)
    page.add(Grid(("Treść korygowana", "Treść prawidłowa"), [[wrong, right_text]], (1, 1), "ll", style, size))
    page.add(Text("Prosimy o akceptację noty i odesłanie kopii.", gap=8))
    page.add(*deals.signatures(desk, "podpis wystawcy noty", "akceptuję treść korekty"))
    return Draft(page, deals.stem(desk, "nota_korygujaca"), "Nota korygująca")


@kind("safety_training", "hr", "docx", doc_type="training_certificate", languages=("pl",))
def safety_training(desk: Desk) -> Draft:
    """That somebody was trained in safety at work."""
    company, person = desk.company(), grown(desk, desk.today)
    number = desk.put("document_number", desk.code(desk.pick(("##/BHP/{y}", "BHP-###/{y}", "###/{y}"))))
    title = desk.pick(
        (
            "Zaświadczenie o ukończeniu szkolenia w dziedzinie bezpieczeństwa i higieny pracy",
            "Zaświadczenie o ukończeniu szkolenia BHP",
            "Karta szkolenia wstępnego w dziedzinie bezpieczeństwa i higieny pracy",
        )
    )
    page = desk.sheet()
    if desk.chance(0.5):
        page.add(*deals.letterhead(desk, desk.company()))
    page.add(*deals.heading(desk, title, f"Nr zaświadczenia: {number}"))
    items = [employee(desk, person), *(pesel(desk, person) if desk.chance(0.5) else [])]
    items += [("Data urodzenia", desk.day("birth_date", person.born)), position(desk)]
    items += [
        ("Pracodawca", desk.put("employer", company.name)),
        ("Rodzaj szkolenia", desk.put("training", desk.pick(_TRAININGS))),
        (desk.pick(("Data szkolenia", "Data ukończenia szkolenia")), desk.day("date", desk.today)),
    ]
    until = desk.today + timedelta(days=365 * desk.rng.randint(1, 6))
    items.append((desk.pick(("Ważne do", "Termin następnego szkolenia")), desk.day("valid_until", until)))
    page.add(*deals.facts(desk, items))
    page.add(
        Text(
            "Celem szkolenia było zaktualizowanie wiedzy z zakresu przepisów i zasad bezpieczeństwa i higieny "
            "pracy oraz zagrożeń na stanowisku.",
            gap=8,
        )
    )
    page.add(*deals.signatures(desk, "organizator szkolenia", "podpis osoby szkolonej"))
    return Draft(page, deals.stem(desk, "zaswiadczenie_bhp"), "Zaświadczenie BHP")


@kind("referral", "lab", "docx", doc_type="lab_order", languages=("pl",))
def referral(desk: Desk) -> Draft:
    """A doctor sends a patient to be examined."""
    seen = visit(desk)
    patient, doctor = seen.patient, f"{seen.degree} {seen.doctor.name}"
    tests = ", ".join(desk.some([line.split("|")[2] for line in words(desk, "analytes")], 1, 4))
    page = desk.sheet()
    page.add(Text(desk.pick(words(desk, "clinics")), bold=True), Text(desk.address().line, size=0.9), Gap(6))
    page.add(
        *deals.heading(desk, desk.pick(("Skierowanie na badania", "Skierowanie do pracowni diagnostycznej")))
    )
    items = [
        (desk.pick(("Pacjent", "Imię i nazwisko pacjenta")), desk.put("patient", patient.name)),
        ("PESEL", desk.put("pesel", patient.national_id)),
        ("Adres", patient.address.line),
        ("Rozpoznanie", desk.pick(words(desk, "complaints"))),
        (desk.pick(("Proszę o wykonanie", "Cel badania", "Rodzaj badania")), desk.put("tests", tests)),
        (desk.pick(("Lekarz kierujący", "Lekarz zlecający")), desk.put("ordering_provider", doctor)),
        ("Data wystawienia", desk.day("date", desk.today)),
    ]
    page.add(Pairs(items, desk.pick(("colon", "tab")), label_width=0.36))
    page.add(*deals.signatures(desk, "", "pieczęć i podpis lekarza"))
    return Draft(page, deals.stem(desk, "skierowanie"), "Skierowanie")


@kind("equipment_card", "it", "docx", languages=("pl",))
def equipment_card(desk: Desk) -> Draft:
    """What a company writes down of a machine it owns."""
    name, maker, model = desk.pick(_MACHINES)
    bought = desk.today - timedelta(days=desk.rng.randint(10, 1500))
    title = desk.pick(
        ("Karta urządzenia", "Karta sprzętu", "Karta ewidencyjna urządzenia", "Karta środka trwałego")
    )
    page = desk.sheet()
    if desk.chance(0.6):
        page.add(*deals.letterhead(desk, desk.company()))
    page.add(*deals.heading(desk, title))
    items = [
        (desk.pick(("Nazwa urządzenia", "Urządzenie", "Nazwa sprzętu")), desk.put("asset", name)),
        ("Producent", desk.put("manufacturer", maker)),
        (desk.pick(("Model", "Typ / model")), desk.put("model", model)),
        (
            desk.pick(("Numer seryjny", "Nr seryjny", "Nr fabryczny")),
            desk.put("serial_number", desk.code("@@#######")),
        ),
        (
            desk.pick(("Numer inwentarzowy", "Nr inwentarzowy")),
            desk.put("asset_number", desk.code("ST-####/{y}")),
        ),
        (desk.pick(("Data zakupu", "Data nabycia")), desk.day("purchase_date", bought)),
        (
            desk.pick(("Gwarancja do", "Gwarancja do dnia")),
            desk.day("valid_until", bought + timedelta(days=365 * desk.rng.randint(1, 4))),
        ),
        ("Lokalizacja", desk.put("location", f"pokój {desk.rng.randint(1, 40)}")),
        ("Osoba odpowiedzialna", desk.put("employee", desk.person().name)),
    ]
    page.add(*deals.facts(desk, items), Gap(8))
    rows = [[desk.written(bought + timedelta(days=180 * n)), "przegląd okresowy", "sprawne"] for n in (1, 2)]
    page.add(
        Frame([Text("Przeglądy i naprawy", bold=True)]),
        Grid(("Data", "Opis", "Wynik"), rows, (1, 2, 1), "lll"),
    )
    return Draft(page, deals.stem(desk, "karta_urzadzenia"), title)
