"""Tax forms, as boxes with numbers: Polish PIT and VAT, American W-2, 1040, W-9."""

from decimal import Decimal

from tests.papers import numbers
from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.registry import Draft, kind
from tests.papers.sheet import Band, Frame, Gap, Pairs, Sheet, Text


def boxes(items: list[tuple[str, str]], start: int, across: int) -> Pairs:
    """Boxes numbered from `start`, as on a form."""
    return Pairs(
        [(f"{n}. {label}", value) for n, (label, value) in enumerate(items, start)], "boxed", across=across
    )


@kind("tax_form", "accounting", "docx")
def tax_form(desk: Desk) -> Draft:
    page = desk.sheet()
    page.family, page.size, page.margin = desk.pick(("sans", "grotesque")), 8.6, 36
    if desk.pl:
        form = desk.pick((_pit11, _pit37, _vat7))(desk, page)
    else:
        desk.currency = "USD"
        form = desk.pick((_w2, _f1040, _w9))(desk, page)
    desk.put("form", form)
    return Draft(page, deals.stem(desk, form), form)


def _year(desk: Desk) -> str:
    return desk.put("tax_year", str(desk.today.year - 1))


def _pit11(desk: Desk, page: Sheet) -> str:
    employer, person = desk.company(), desk.person()
    income = desk.price(32000, 240000)
    cost = Decimal("3000.00")
    social = numbers.cents(income * Decimal("0.1371"))
    tax = Decimal(int((income - cost - social) * Decimal("0.12")))
    page.add(Text("POLA JASNE WYPEŁNIA PŁATNIK. WYPEŁNIAĆ DUŻYMI, DRUKOWANYMI LITERAMI", size=0.8))
    page.add(
        Text("PIT-11", size=2, bold=True),
        Text(
            "INFORMACJA O PRZYCHODACH Z INNYCH ŹRÓDEŁ ORAZ O DOCHODACH "
            "I POBRANYCH ZALICZKACH NA PODATEK DOCHODOWY",
            bold=True,
            align="c",
        ),
    )
    page.add(
        Text(f"w roku {_year(desk)}", align="c"), Gap(6), Band("A. MIEJSCE I CEL SKŁADANIA INFORMACJI", 1)
    )
    page.add(
        boxes(
            [
                (
                    "Urząd, do którego adresowana jest informacja",
                    f"Urząd Skarbowy w {employer.address.place}",
                ),
                ("Cel złożenia", "☒ złożenie informacji  ☐ korekta"),
            ],
            9,
            2,
        )
    )
    page.add(Band("B. DANE IDENTYFIKACYJNE PŁATNIKA", 1))
    page.add(
        boxes(
            [
                ("NIP płatnika", desk.put("employer_nip", employer.tax_id)),
                ("Nazwa pełna", desk.put("employer", employer.name)),
            ],
            11,
            2,
        )
    )
    page.add(Band("C. DANE IDENTYFIKACYJNE I ADRES PODATNIKA", 1))
    page.add(
        boxes(
            [
                ("PESEL", desk.put("pesel", person.national_id)),
                ("Nazwisko", person.last),
                ("Pierwsze imię", person.first),
                ("Data urodzenia", desk.written(person.born)),
                ("Miejscowość", person.address.city),
                ("Ulica i nr", person.address.street),
            ],
            13,
            3,
        )
    )
    page.add(Band("E. DOCHODY PODATNIKA, POBRANE ZALICZKI ORAZ POBRANE SKŁADKI", 1))
    page.add(
        boxes(
            [
                ("Przychód ze stosunku pracy", desk.money("gross_pay", income)),
                ("Koszty uzyskania przychodów", desk.amount(cost)),
                ("Dochód", desk.amount(income - cost)),
                ("Zaliczka pobrana przez płatnika", desk.amount(tax)),
                ("Składki na ubezpieczenia społeczne", desk.amount(social)),
                ("Data wypełnienia", desk.day("date", desk.today)),
            ],
            29,
            3,
        )
    )
    return "PIT-11"


def _pit37(desk: Desk, page: Sheet) -> str:
    person = desk.person()
    income = desk.price(30000, 190000)
    cost = Decimal("3000.00")
    base = Decimal(int(income - cost))
    tax = Decimal(max(0, int(base * Decimal("0.12")) - 3600))
    paid = Decimal(int(tax * Decimal("1.05")))
    page.add(
        Text("PIT-37", size=2, bold=True),
        Text("ZEZNANIE O WYSOKOŚCI OSIĄGNIĘTEGO DOCHODU (PONIESIONEJ STRATY)", bold=True, align="c"),
        Text(f"w roku podatkowym {_year(desk)}", align="c"),
        Gap(6),
        Band("A. MIEJSCE I CEL SKŁADANIA ZEZNANIA", 1),
    )
    page.add(
        boxes(
            [
                ("Urząd skarbowy", f"Urząd Skarbowy w {person.address.place}"),
                ("Rozliczenie", "☒ indywidualnie  ☐ wspólnie z małżonkiem"),
            ],
            5,
            2,
        )
    )
    page.add(Band("B. DANE IDENTYFIKACYJNE I ADRES PODATNIKA", 1))
    page.add(
        boxes(
            [
                ("Identyfikator podatkowy PESEL", desk.put("pesel", person.national_id)),
                ("Nazwisko", person.last),
                ("Imię", person.first),
                ("Adres", person.address.line),
                ("Telefon", desk.put("phone", person.phone)),
            ],
            10,
            2,
        )
    )
    page.add(Band("D. DOCHODY / STRATY PODATNIKA", 1))
    page.add(
        boxes(
            [
                ("Przychód", desk.amount(income)),
                ("Koszty uzyskania", desk.amount(cost)),
                ("Dochód", desk.amount(income - cost)),
            ],
            36,
            3,
        )
    )
    page.add(Band("G. OBLICZENIE PODATKU", 1))
    page.add(
        boxes(
            [
                ("Podstawa obliczenia podatku", desk.amount(base)),
                ("Podatek należny", desk.amount(tax)),
                ("Suma zaliczek pobranych przez płatników", desk.amount(paid)),
                ("Nadpłata", desk.amount(paid - tax)),
            ],
            60,
            2,
        )
    )
    page.add(
        Frame([Text("Za podanie nieprawdy grozi odpowiedzialność przewidziana w Kodeksie karnym skarbowym.")])
    )
    page.add(
        Text(f"Data: {desk.day('date', desk.today)}", gap=10), *deals.signatures(desk, "", "podpis podatnika")
    )
    return "PIT-37"


def _vat7(desk: Desk, page: Sheet) -> str:
    company = desk.company()
    sold, bought = desk.price(20000, 600000), desk.price(9000, 300000)
    due, paid = Decimal(int(sold * Decimal("0.23"))), Decimal(int(bought * Decimal("0.23")))
    form = desk.pick(("VAT-7", "JPK_V7M"))
    page.add(Text(form, size=2, bold=True))
    page.add(Text("DEKLARACJA DLA PODATKU OD TOWARÓW I USŁUG", bold=True, align="c"))
    month = desk.put("period", f"{desk.today.month:02d}/{desk.today.year}")
    page.add(Text(f"za okres {month}", align="c"), Gap(6), Band("A. MIEJSCE I CEL SKŁADANIA DEKLARACJI", 1))
    page.add(
        boxes(
            [
                ("Urząd skarbowy", f"Urząd Skarbowy w {company.address.place}"),
                ("Cel", "☒ złożenie deklaracji  ☐ korekta"),
            ],
            6,
            2,
        )
    )
    page.add(Band("B. DANE IDENTYFIKACYJNE PODATNIKA", 1))
    page.add(
        boxes(
            [
                ("NIP", desk.put("vendor_nip", company.tax_id)),
                ("REGON", company.regon),
                ("Nazwa pełna", desk.put("vendor", company.name)),
            ],
            8,
            3,
        )
    )
    page.add(Band("C. ROZLICZENIE PODATKU NALEŻNEGO", 1))
    page.add(
        boxes(
            [
                ("Dostawa towarów na terytorium kraju, stawka 23%", desk.amount(sold)),
                ("Podatek należny", desk.amount(due)),
            ],
            19,
            2,
        )
    )
    page.add(Band("D. ROZLICZENIE PODATKU NALICZONEGO", 1))
    page.add(
        boxes(
            [
                ("Nabycie towarów i usług pozostałych", desk.amount(bought)),
                ("Podatek naliczony", desk.amount(paid)),
            ],
            42,
            2,
        )
    )
    page.add(Band("E. OBLICZENIE WYSOKOŚCI ZOBOWIĄZANIA", 1))
    owed, back = max(due - paid, Decimal(0)), max(paid - due, Decimal(0))
    page.add(
        boxes(
            [
                ("Podatek podlegający wpłacie do urzędu skarbowego", desk.amount(owed)),
                ("Nadwyżka podatku naliczonego nad należnym", desk.amount(back)),
                ("Data", desk.day("date", desk.today)),
            ],
            51,
            3,
        )
    )
    return form


def _w2(desk: Desk, page: Sheet) -> str:
    employer, person = desk.company(), desk.person()
    ein, number = desk.code("##-#######"), desk.code("9##-##-####")
    wages = desk.price(21000, 140000)
    page.add(
        Text("Form W-2  Wage and Tax Statement", size=1.6, bold=True), Text(_year(desk), size=1.6, align="r")
    )
    page.add(Text("Copy B - To Be Filed With Employee's FEDERAL Tax Return", size=0.85))
    desk.put("employee", person.name)
    page.add(
        Pairs(
            [
                ("a  Employee's social security number", desk.put("employee_ssn", number)),
                ("b  Employer identification number (EIN)", desk.put("employer_ein", ein)),
            ],
            "boxed",
            across=2,
        )
    )
    page.add(
        Pairs(
            [
                ("1  Wages, tips, other compensation", desk.money("wages", wages)),
                (
                    "2  Federal income tax withheld",
                    desk.money("federal_tax_withheld", numbers.cents(wages * Decimal("0.13"))),
                ),
                ("3  Social security wages", desk.amount(wages)),
                ("4  Social security tax withheld", desk.amount(numbers.cents(wages * Decimal("0.062")))),
                ("5  Medicare wages and tips", desk.amount(wages)),
                ("6  Medicare tax withheld", desk.amount(numbers.cents(wages * Decimal("0.0145")))),
            ],
            "boxed",
            across=2,
        )
    )
    page.add(
        Pairs(
            [
                (
                    "c  Employer's name, address, and ZIP code",
                    f"{desk.put('employer', employer.name)}\n{employer.address.street}\n{employer.address.town}",
                ),
                (
                    "e  Employee's name, address, and ZIP code",
                    f"{person.name}\n{person.address.street}\n{person.address.town}",
                ),
            ],
            "boxed",
            across=1,
        )
    )
    page.add(Text("Department of the Treasury - Internal Revenue Service", size=0.85, gap=6))
    return "W-2"


def _f1040(desk: Desk, page: Sheet) -> str:
    person = desk.person()
    wages, interest = desk.price(25000, 130000), desk.price(10, 900)
    total = wages + interest
    taxable = max(total - Decimal("13850.00"), Decimal("0.00"))
    tax = numbers.cents(taxable * Decimal("0.12"))
    page.add(
        Text("Form 1040", size=1.8, bold=True), Text("U.S. Individual Income Tax Return", size=1.3, bold=True)
    )
    page.add(
        Text(f"For the year Jan. 1 - Dec. 31, {_year(desk)}   OMB No. 1545-0074   IRS Use Only", size=0.85)
    )
    page.add(Text("Filing Status   ☒ Single   ☐ Married filing jointly   ☐ Head of household", gap=6), Gap(4))
    page.add(
        Pairs(
            [
                ("Your first name and middle initial", person.first),
                ("Last name", person.last),
                ("Your social security number", desk.code("9##-##-####")),
                ("Home address", person.address.street),
                ("City, town, state, and ZIP code", person.address.town),
            ],
            "boxed",
            across=3,
        )
    )
    page.add(Text(f"Name shown on return: {desk.put('name', person.name)}"))
    page.add(
        Gap(6),
        Pairs(
            [
                ("1a  Total amount from Form(s) W-2, box 1", desk.money("wages", wages)),
                ("2b  Taxable interest", desk.amount(interest)),
                ("9  This is your total income", desk.amount(total)),
                ("12  Standard deduction or itemized deductions", desk.amount(total - taxable)),
                ("15  This is your taxable income", desk.amount(taxable)),
                ("24  This is your total tax", desk.amount(tax)),
            ],
            "tab",
            label_width=0.7,
        ),
    )
    page.add(
        Text("Under penalties of perjury, I declare that I have examined this return.", size=0.85, gap=10)
    )
    page.add(*deals.signatures(desk, "Your signature", "Date"))
    return "1040"


def _w9(desk: Desk, page: Sheet) -> str:
    company = desk.company()
    page.add(Text("Form W-9", size=1.8, bold=True))
    page.add(
        Text("Request for Taxpayer Identification Number and Certification", size=1.2, bold=True), Gap(6)
    )
    page.add(
        Pairs(
            [
                ("1  Name of entity/individual", desk.put("name", company.name)),
                (
                    "3a  Federal tax classification",
                    "☐ Individual  ☒ C corporation  ☐ S corporation  ☐ Partnership",
                ),
                ("5  Address (number, street, and apt. or suite no.)", company.address.street),
                ("6  City, state, and ZIP code", company.address.town),
            ],
            "boxed",
            across=1,
        )
    )
    page.add(Band("Part I   Taxpayer Identification Number (TIN)", 1))
    page.add(Pairs([("Employer identification number", company.tax_id)], "boxed"))
    page.add(
        Band("Part II   Certification", 1),
        Text(
            "Under penalties of perjury, I certify that the number shown on this form is my correct taxpayer number "
            "and that I am not subject to backup withholding."
        ),
    )
    page.add(
        Text(f"Date {desk.day('date', desk.today)}", gap=12),
        *deals.signatures(desk, "Signature of U.S. person"),
    )
    return "W-9"
