"""Polish forms for the tax office and for social insurance: PIT-11, PIT-2, PIT-37, ZUS DRA, ZUS ZUA."""

from datetime import timedelta
from decimal import Decimal

from tests.papers import numbers
from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.registry import Draft, kind
from tests.papers.kinds.staff import grown
from tests.papers.kinds.taxes import boxes
from tests.papers.people import Person
from tests.papers.sheet import Band, Gap, Pairs, Sheet, Text

Items = list[tuple[str, str]]


def _page(desk: Desk, title: str, *below: str) -> Sheet:
    page = desk.sheet()
    page.family, page.size = desk.pick(("sans", "grotesque", "serif")), desk.rng.uniform(8.4, 9.4)
    page.add(Text(title, size=desk.rng.uniform(1.6, 2.1), bold=True, align=desk.pick(("l", "c"))))
    page.add(*[Text(line, bold=True, align="c") for line in below], Gap(6))
    return page


def _section(desk: Desk, page: Sheet, heading: str, items: Items, start: int, printed: bool) -> None:
    """A part of a form: numbered boxes as on the official sheet, or lines as programs print them."""
    page.add(Band(heading, 1) if printed else Text(heading, bold=True, gap=8))
    if printed:
        page.add(boxes(items, start, desk.pick((2, 2, 3))))
    else:
        page.add(Pairs(items, desk.pick(("colon", "tab")), label_width=0.45))


def _named(desk: Desk, person: Person, field: str) -> Items:
    """Name and surname in boxes of their own, or together."""
    if desk.chance(0.5):
        return [("Nazwisko", person.last), ("Pierwsze imię", person.first)]
    return [("Nazwisko i imię podatnika", desk.put(field, f"{person.last} {person.first}"))]


def _office(desk: Desk, place: str) -> Items:
    return [
        ("Urząd skarbowy, do którego adresowany jest dokument", f"Urząd Skarbowy w {place}"),
        ("Cel złożenia", "☒ złożenie  ☐ korekta"),
    ]


@kind("pit_11", "accounting", "docx", doc_type="tax_form", languages=("pl",))
def pit_11(desk: Desk) -> Draft:
    """What an employer tells of an employee's income."""
    employer, person, printed = desk.company(), desk.person(), desk.chance(0.6)
    gross, cost = desk.price(32000, 240000), Decimal("3000.00")
    social = numbers.cents(gross * Decimal("0.1371"))
    tax = numbers.cents(int((gross - cost - social) * Decimal("0.12")))
    year = desk.put("tax_year", str(desk.today.year - 1))
    page = _page(
        desk,
        "PIT-11",
        "INFORMACJA O PRZYCHODACH Z INNYCH ŹRÓDEŁ ORAZ O DOCHODACH I POBRANYCH ZALICZKACH NA PODATEK DOCHODOWY",
        desk.pick((f"w roku {year}", f"Rok {year}", f"za rok {year}")),
    )
    _section(
        desk, page, "A. MIEJSCE I CEL SKŁADANIA INFORMACJI", _office(desk, employer.address.place), 9, printed
    )
    payer = [
        ("NIP płatnika", desk.put("employer_nip", employer.tax_id)),
        (desk.say("Nazwa pełna|Nazwa płatnika", ""), desk.put("employer", employer.name)),
    ]
    _section(desk, page, "B. DANE IDENTYFIKACYJNE PŁATNIKA", payer, 11, printed)
    who = [("Numer PESEL", desk.put("pesel", person.national_id)), *_named(desk, person, "employee")]
    who += [("Data urodzenia", desk.day("birth_date", person.born)), ("Miejscowość", person.address.city)]
    _section(desk, page, "C. DANE IDENTYFIKACYJNE I ADRES PODATNIKA", who, 13, printed)
    sums = [
        ("Przychód ze stosunku pracy", desk.money("gross_pay", gross)),
        ("Koszty uzyskania przychodów", desk.money("deductible_costs", cost)),
        ("Dochód", desk.money("net_income", gross - cost)),
        ("Zaliczka pobrana przez płatnika", desk.money("advance_tax", tax)),
        ("Składki na ubezpieczenia społeczne", desk.money("contributions", social)),
    ]
    _section(desk, page, "E. DOCHODY PODATNIKA, POBRANE ZALICZKI ORAZ POBRANE SKŁADKI", sums, 29, printed)
    page.add(*deals.signatures(desk, "", "podpis płatnika"))
    return Draft(page, deals.stem(desk, "PIT-11"), "PIT-11")


@kind("pit_37", "accounting", "docx", doc_type="tax_form", languages=("pl",))
def pit_37(desk: Desk) -> Draft:
    """A person's yearly return."""
    person, printed = desk.person(), desk.chance(0.6)
    income, cost = desk.price(30000, 190000), Decimal("3000.00")
    base = Decimal(int(income - cost))
    due = numbers.cents(max(120, int(base * Decimal("0.12")) - 3600))
    paid = numbers.cents(int(due * Decimal("1.05")))
    year = desk.put("tax_year", str(desk.today.year - 1))
    page = _page(
        desk,
        "PIT-37",
        "ZEZNANIE O WYSOKOŚCI OSIĄGNIĘTEGO DOCHODU (PONIESIONEJ STRATY)",
        f"w roku podatkowym {year}",
    )
    _section(
        desk, page, "A. MIEJSCE I CEL SKŁADANIA ZEZNANIA", _office(desk, person.address.place), 5, printed
    )
    who = [("Identyfikator podatkowy PESEL", desk.put("pesel", person.national_id))]
    who += [*_named(desk, person, "name"), ("Adres zamieszkania", person.address.line)]
    _section(desk, page, "B. DANE IDENTYFIKACYJNE I ADRES PODATNIKA", who, 10, printed)
    sums = [
        ("Przychód", desk.money("income", income)),
        ("Koszty uzyskania przychodów", desk.money("deductible_costs", cost)),
        ("Dochód", desk.money("net_income", income - cost)),
    ]
    _section(desk, page, "D. DOCHODY / STRATY PODATNIKA", sums, 36, printed)
    tax = [
        ("Podstawa obliczenia podatku", desk.amount(base)),
        ("Podatek należny", desk.money("tax_due", due)),
        ("Suma zaliczek pobranych przez płatników", desk.money("advance_tax", paid)),
        ("Nadpłata", desk.amount(paid - due)),
    ]
    _section(desk, page, "G. OBLICZENIE PODATKU", tax, 60, printed)
    page.add(*deals.signatures(desk, "", "podpis podatnika"))
    return Draft(page, deals.stem(desk, "PIT-37"), "PIT-37")


@kind("pit_2", "accounting", "docx", doc_type="tax_form", languages=("pl",))
def pit_2(desk: Desk) -> Draft:
    """What an employee asks of the employer in advance tax."""
    employer, person, printed = desk.company(), desk.person(), desk.chance(0.6)
    page = _page(
        desk,
        "PIT-2",
        "OŚWIADCZENIA / WNIOSKI PODATNIKA DLA CELÓW OBLICZANIA MIESIĘCZNYCH ZALICZEK NA PODATEK DOCHODOWY "
        "OD OSÓB FIZYCZNYCH",
    )
    payer = [("Nazwa pełna płatnika", desk.put("employer", employer.name)), ("Adres", employer.address.line)]
    _section(desk, page, "A. DANE PŁATNIKA", payer, 1, printed)
    who = [("Identyfikator podatkowy PESEL", desk.put("pesel", person.national_id))]
    who += [*_named(desk, person, "employee"), ("Adres zamieszkania", person.address.line)]
    _section(desk, page, "B. DANE IDENTYFIKACYJNE PODATNIKA", who, 3, printed)
    page.add(Text("C. OŚWIADCZENIE PODATNIKA W SPRAWIE STOSOWANIA POMNIEJSZENIA", bold=True, gap=8))
    page.add(
        Text(
            "Jestem uprawniony do pomniejszenia zaliczki o kwotę stanowiącą ☒ 1/12 ☐ 1/24 ☐ 1/36 kwoty "
            "zmniejszającej podatek.",
            gap=4,
        )
    )
    if desk.chance(0.5):
        page.add(
            Text("D. Wniosek o stosowanie podwyższonych kosztów uzyskania przychodów: ☒ tak ☐ nie", gap=4)
        )
    page.add(Text(f"Data złożenia: {desk.day('date', desk.today)}", gap=10))
    page.add(*deals.signatures(desk, "", "podpis podatnika"))
    return Draft(page, deals.stem(desk, "PIT-2"), "PIT-2")


@kind("zus_dra", "accounting", "docx", doc_type="tax_form", languages=("pl",))
def zus_dra(desk: Desk) -> Draft:
    """The monthly declaration of contributions."""
    payer, printed = desk.company(), desk.chance(0.6)
    month = f"{desk.today.month:02d}{desk.pick(('/', '.', ' '))}{desk.today.year}"
    social, health, fund = desk.price(900, 90000), desk.price(300, 30000), desk.price(50, 6000)
    page = _page(desk, desk.pick(("ZUS DRA", "ZUS P DRA")), "DEKLARACJA ROZLICZENIOWA")
    page.add(Text("Zakład Ubezpieczeń Społecznych", size=0.9))
    desk.put("period", month.replace(" ", "") if " " not in month else month)
    head = [
        ("Termin przesyłania deklaracji i raportów", str(desk.pick((5, 15, 20)))),
        ("Identyfikator deklaracji", f"01 {month}" if desk.chance(0.5) else month),
    ]
    _section(desk, page, "I. DANE ORGANIZACYJNE", head, 1, printed)
    who = [
        ("NIP", desk.put("payer_nip", payer.tax_id)),
        ("REGON", desk.put("regon", payer.regon)),
        (desk.say("Nazwa skrócona|Nazwa płatnika", ""), desk.put("payer", payer.name)),
    ]
    _section(desk, page, "II. DANE IDENTYFIKACYJNE PŁATNIKA SKŁADEK", who, 1, printed)
    people = [("Liczba ubezpieczonych", desk.put("insured", str(desk.rng.randint(1, 240))))]
    _section(desk, page, "III. INNE INFORMACJE", people, 1, printed)
    sums = [
        ("Składki na ubezpieczenia społeczne", desk.amount(social)),
        ("Składki na ubezpieczenie zdrowotne", desk.amount(health)),
        ("Składki na Fundusz Pracy", desk.amount(fund)),
        (
            desk.say("Kwota do zapłaty|Suma składek|Łączna kwota składek do zapłaty", ""),
            desk.money("contributions", social + health + fund),
        ),
    ]
    _section(desk, page, "IV. ZESTAWIENIE NALEŻNYCH SKŁADEK", sums, 1, printed)
    page.add(Text(f"Data wypełnienia: {desk.day('date', desk.today)}", gap=10))
    page.add(*deals.signatures(desk, "", "podpis płatnika składek"))
    return Draft(page, deals.stem(desk, "ZUS_DRA"), "ZUS DRA")


@kind("zus_zua", "accounting", "docx", doc_type="tax_form", languages=("pl",))
def zus_zua(desk: Desk) -> Draft:
    """Somebody's registration for social insurance."""
    payer, person, printed = desk.company(), grown(desk, desk.today), desk.chance(0.6)
    since = desk.today - timedelta(days=desk.rng.randint(0, 7))
    page = _page(
        desk,
        desk.pick(("ZUS ZUA", "ZUS P ZUA")),
        "ZGŁOSZENIE DO UBEZPIECZEŃ / ZGŁOSZENIE ZMIANY DANYCH OSOBY UBEZPIECZONEJ",
    )
    who = [
        ("NIP", desk.put("payer_nip", payer.tax_id)),
        ("REGON", desk.put("regon", payer.regon)),
        ("Nazwa skrócona", desk.put("payer", payer.name)),
    ]
    _section(desk, page, "II. DANE IDENTYFIKACYJNE PŁATNIKA SKŁADEK", who, 1, printed)
    insured = [("Numer PESEL", desk.put("pesel", person.national_id))]
    if desk.chance(0.5):
        insured += [("Nazwisko", person.last), ("Imię pierwsze", person.first)]
    else:
        insured += [("Nazwisko i imię", desk.put("employee", f"{person.last} {person.first}"))]
    insured += [("Data urodzenia", desk.day("birth_date", person.born))]
    _section(desk, page, "III. DANE IDENTYFIKACYJNE OSOBY ZGŁASZANEJ DO UBEZPIECZEŃ", insured, 1, printed)
    title = [
        (
            "Kod tytułu ubezpieczenia",
            desk.put("insurance_code", desk.pick(("01 10 0 0", "04 11 0 0", "05 10 0 0"))),
        ),
        ("Data powstania obowiązku ubezpieczeń", desk.day("insured_from", since)),
    ]
    _section(desk, page, "V. DANE O OBOWIĄZKOWYCH UBEZPIECZENIACH SPOŁECZNYCH", title, 1, printed)
    page.add(Text(f"Data wypełnienia: {desk.day('date', desk.today)}", gap=10))
    page.add(*deals.signatures(desk, "", "podpis płatnika składek"))
    return Draft(page, deals.stem(desk, "ZUS_ZUA"), "ZUS ZUA")
