"""Payslips."""

from datetime import timedelta
from decimal import Decimal

from tests.papers import numbers
from tests.papers.desk import MONTHS_EN, MONTHS_PL, Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.registry import Draft, kind
from tests.papers.kinds.staff import employee, grown, pesel
from tests.papers.people import Person
from tests.papers.sheet import Gap, Grid, Text


@kind("payslip", "hr", "docx", "xlsx", "eml")
def payslip(desk: Desk) -> Draft:
    """Pay of a month with what is held back; sums agree."""
    desk.currency = {"PL": "PLN", "GB": "GBP", "US": "USD"}[desk.region]
    company, person = desk.company(), grown(desk, desk.today)
    start = desk.today.replace(day=1)
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    month = f"{(MONTHS_PL if desk.pl else MONTHS_EN)[start.month - 1]} {start.year}"
    title = desk.say(
        "Pasek płacowy|Odcinek listy płac|Pasek wynagrodzeń|Rozliczenie wynagrodzenia",
        "Payslip|Pay Statement|Earnings Statement|Pay Stub|Pay Advice",
    )
    items = [employee(desk, person), *(pesel(desk, person) if desk.chance(0.6) else [])]
    if not desk.pl:
        items.append((desk.say("", "Employee no.|Employee ID|Payroll no."), desk.code("#####")))
    if desk.chance(0.5):
        items.append((desk.say("Stanowisko", "Job title|Position"), desk.position()))
    if desk.chance(0.5):
        desk.truth["period_start"], desk.truth["period_end"] = start.isoformat(), end.isoformat()
        items.append(
            (desk.say("Okres|Za okres", "Pay period|Period"), f"{desk.written(start)} - {desk.written(end)}")
        )
    else:
        items.append((desk.say("Miesiąc|Okres rozliczeniowy", "Month|Pay period"), month))
    paid = end + timedelta(days=desk.rng.randint(-3, 10))
    items.append(
        (
            desk.say("Data wypłaty|Termin wypłaty", "Pay date|Payment date|Date paid"),
            desk.day("pay_date", paid),
        )
    )
    earned, held, kept = _pay(desk, person)
    gross, off = sum((v for _, v in earned), Decimal("0.00")), sum((v for _, v in held), Decimal("0.00"))
    page = desk.sheet()
    if desk.chance(0.6):
        page.add(*deals.letterhead(desk, company, "employer"))
    else:
        items.insert(
            0, (desk.say("Pracodawca|Zakład pracy", "Employer|Company"), desk.put("employer", company.name))
        )
    if desk.pl and desk.chance(0.5):
        items.insert(1, ("NIP pracodawcy", desk.put("employer_nip", company.tax_id)))
    page.add(
        *deals.heading(desk, title, *([month] if desk.chance(0.5) else [])), *deals.facts(desk, items), Gap(8)
    )
    rows = [[name, desk.amount(value), ""] for name, value in earned]
    rows += [[name, "", desk.amount(value)] for name, value in held]
    named = (
        desk.say("Składnik|Tytuł", "Description|Item"),
        desk.say("Przychód|Naliczono", "Earnings|Payments"),
        desk.say("Potrącenia|Potrącono", "Deductions"),
    )
    style, size = deals.grid_style(desk)
    page.add(Grid(named, rows, (4, 1.4, 1.4), "lrr", style, size), Gap(8))
    sums = [
        (
            desk.say("Wynagrodzenie brutto|Brutto|Razem brutto", "Gross pay|Total gross pay|Total earnings"),
            desk.money("gross_pay", gross),
        ),
        (desk.say("Razem potrącenia|Suma potrąceń", "Total deductions"), desk.amount(off)),
        (
            desk.say("Do wypłaty|Kwota do wypłaty|Netto do wypłaty", "Net pay|Take-home pay|Net amount"),
            desk.money("net_pay", gross - off, symbol=True),
        ),
    ]
    desk.truth["currency"] = desk.currency
    page.add(*deals.facts(desk, sums))
    if kept and desk.chance(0.5):
        page.add(Text(kept, size=0.85, gap=8))
    return Draft(page, deals.stem(desk, desk.say("pasek|lista_plac", "payslip|paystub")), title)


def _pay(desk: Desk, person: Person) -> tuple[list[tuple[str, Decimal]], list[tuple[str, Decimal]], str]:
    """What is earned, what is held back, and a line about the employer's own share."""
    base = desk.price(4700, 14000) if desk.pl else desk.price(2100, 8000)
    earned = [(desk.say("Wynagrodzenie zasadnicze|Płaca zasadnicza", "Basic pay|Salary|Regular pay"), base)]
    if desk.chance(0.5):
        earned.append(
            (
                desk.say("Premia|Dodatek stażowy|Nadgodziny 50%", "Bonus|Overtime|Shift premium"),
                desk.price(100, 900),
            )
        )
    gross = sum((value for _, value in earned), Decimal("0.00"))

    def share(of: Decimal, rate: str) -> Decimal:
        return numbers.cents(of * Decimal(rate))

    if desk.pl:
        held = [
            (name, share(gross, rate))
            for name, rate in (
                ("Składka emerytalna", "0.0976"),
                ("Składka rentowa", "0.015"),
                ("Składka chorobowa", "0.0245"),
            )
        ]
        left = gross - sum((value for _, value in held), Decimal("0.00"))
        health = share(left, "0.09")
        tax = max(Decimal(int(Decimal(int(left) - 250) * Decimal("0.12") - 300)), Decimal(0)) + Decimal(
            "0.00"
        )
        held += [("Składka zdrowotna", health), ("Zaliczka na podatek dochodowy", tax)]
        if desk.chance(0.3):
            held.append(("PPK pracownik 2%", share(gross, "0.02")))
        return earned, held, f"Składki ZUS pracodawcy: {desk.amount(share(gross, '0.2048'))}"
    if desk.region == "GB":
        held = [
            ("PAYE tax", share(gross, "0.14")),
            ("National Insurance", share(gross, "0.062")),
            ("Pension", share(gross, "0.05")),
        ]
        return earned, held, f"Tax code: 1257L   NI number: {person.national_id}"
    held = [
        ("Federal income tax", share(gross, "0.11")),
        ("Social Security", share(gross, "0.062")),
        ("Medicare", share(gross, "0.0145")),
    ]
    if desk.chance(0.6):
        held.append((desk.pick(("401(k)", "State income tax", "Medical insurance")), share(gross, "0.04")))
    return earned, held, "Direct deposit. This is not a check."
