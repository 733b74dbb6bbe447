"""Papers made of sentences: contracts, policies, letters, notes, pages of books."""

from collections.abc import Sequence

from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.registry import Draft, kind
from tests.papers.people import Person
from tests.papers.prose import Facts
from tests.papers.sheet import Block, Break, Gap, Pairs, Rule, Text


def clauses(desk: Desk, lines: Sequence[str], legal: bool) -> list[Block]:
    """Clauses: numbered, under paragraph signs, as bullets, or as they are."""
    style = desk.rng.choice(
        ("number", "sign", "sign", "sub") if legal else ("number", "bullet", "plain", "plain")
    )
    blocks: list[Block] = []
    for n, line in enumerate(lines, 1):
        match style:
            case "number":
                blocks.append(Text(f"{n}. {line}", gap=4))
            case "sign":
                mark = f"§ {n}" if desk.pl else desk.pick(("Article {}", "{}.")).format(n)
                blocks += [Text(mark, bold=True, align="c" if desk.pl else "l", gap=6), Text(line)]
            case "sub":
                blocks.append(Text(f"{(n + 1) // 2}.{(n + 1) % 2 + 1} {line}", gap=4))
            case "bullet":
                blocks.append(Text(f"• {line}", gap=2, indent=10))
            case _:
                blocks.append(Text(line, gap=6))
    return blocks


def signed(desk: Desk, facts: Facts, pool: str) -> list[Block]:
    left, _, right = facts.one(pool, "sign").partition("|")
    return deals.signatures(desk, left, right) if left or right else []


def parties_to_work(desk: Desk) -> tuple[Facts, Person]:
    """An employer and an employee as facts."""
    employer, employee = desk.company(), desk.person()
    facts = Facts(desk, employee.woman)
    facts.set("employer", employer.name, employer=employer.name)
    facts.set("client", employer.name, client=employer.name)
    facts.set("address", employer.address.line, address=employer.address.line)
    facts.set("employee", employee.name, employee=employee.name)
    facts.set("contractor", employee.name, contractor=employee.name)
    facts.set("home", employee.address.line)
    if desk.pl:
        facts.set("pesel", employee.national_id, pesel=employee.national_id)
    facts.set("date", desk.written(desk.today), date=desk.today.isoformat())
    facts.set("start", desk.written(desk.later(1, 40)))
    gross = desk.price(30, 160) * 100
    facts.set("gross", desk.amount(gross, symbol=True), gross_pay=f"{gross:.2f}", currency=desk.currency)
    return facts, employee


def _contract(desk: Desk, pool: str, facts: Facts, low: int, high: int, word: str) -> Draft:
    title = facts.one(pool, "title")
    page = desk.sheet()
    if desk.chance(0.3):
        page.add(*deals.letterhead(desk, desk.company()))
    page.add(*deals.heading(desk, desk.put("title", title)), Text(facts.one(pool, "intro"), gap=6), Gap(6))
    page.add(*clauses(desk, facts.many(pool, "clause", low, high), legal=True), *signed(desk, facts, pool))
    page.footer = desk.pick(("", desk.say("Strona #", "Page #"), "#", "- # -"))
    return Draft(page, deals.stem(desk, word), title)


@kind("employment_contract", "hr", "docx", "eml")
def employment_contract(desk: Desk) -> Draft:
    facts, _ = parties_to_work(desk)
    return _contract(
        desk, "employment_contract", facts, 7, 13, desk.say("umowa_o_prace|umowa", "contract|offer_letter")
    )


@kind("contractor_agreement", "hr", "docx")
def contractor_agreement(desk: Desk) -> Draft:
    facts, _ = parties_to_work(desk)
    return _contract(
        desk, "contractor_agreement", facts, 6, 11, desk.say("umowa_zlecenie|umowa", "contractor|agreement")
    )


@kind("benefits_document", "hr", "docx")
def benefits_document(desk: Desk) -> Draft:
    facts, _ = parties_to_work(desk)
    return _contract(
        desk, "benefits_document", facts, 4, 8, desk.say("deklaracja|swiadczenia", "benefits|enrollment")
    )


@kind("resignation_letter", "hr", "docx", "eml")
def resignation_letter(desk: Desk) -> Draft:
    facts, employee = parties_to_work(desk)
    pool = "resignation_letter"
    title = facts.one(pool, "title")
    page = desk.sheet()
    employer = facts.fill("{employer}")
    own = [Text(facts.fill("{employee}")), Text(employee.address.street), Text(employee.address.town)]
    dated = Text(f"{employee.address.city}, {facts.fill('{date}')}", align="r")
    to = [Text(employer, bold=True), *[Text(part) for part in facts.fill("{address}").split(", ")]]
    page.add(*([dated, *own] if desk.chance(0.5) else [*own, dated]), Gap(18), *to, Gap(18))
    if desk.chance(0.8):
        page.add(*deals.heading(desk, desk.put("title", title)))
    if not desk.pl:
        page.add(Text(f"Dear {desk.person().name},", gap=4))
    page.add(Text(facts.one(pool, "intro"), gap=8))
    page.add(*[Text(line, gap=6) for line in facts.many(pool, "clause", 1, 4)])
    if desk.pl:
        page.add(Text("Z poważaniem", gap=16, align="r"), *signed(desk, facts, pool))
    else:
        page.add(Text(facts.one(pool, "sign").partition("|")[0] + ",", gap=16), Gap(20), Text(employee.name))
    return Draft(page, deals.stem(desk, desk.say("wypowiedzenie", "resignation")), title)


def _policy(desk: Desk, pool: str, key: str, word: str) -> Draft:
    company = desk.company()
    facts = Facts(desk)
    facts.set(key, company.name, **({"employer": company.name} if key == "employer" else {}))
    facts.set("date", desk.written(desk.today), date=desk.today.isoformat())
    title = facts.one(pool, "title")
    page = desk.sheet()
    if desk.chance(0.6):
        page.add(*deals.letterhead(desk, company))
    page.add(*deals.heading(desk, desk.put("title", title)))
    if desk.chance(0.5):
        page.add(
            Pairs(
                [
                    (desk.say("Wersja", "Version"), f"{desk.rng.randint(1, 6)}.{desk.rng.randint(0, 9)}"),
                    (desk.say("Właściciel dokumentu|Opracował", "Owner|Prepared by"), desk.person().name),
                    (
                        desk.say("Nr dokumentu", "Document no."),
                        desk.put("document_number", desk.code("@@-##")),
                    ),
                ],
                desk.pick(("boxed", "tab", "colon")),
                across=3,
            ),
            Gap(6),
        )
    page.add(Text(facts.one(pool, "intro"), gap=6), Gap(4))
    lines = facts.many(pool, "clause", 7, 15)
    desk.rng.shuffle(lines)
    page.add(*clauses(desk, lines, legal=desk.pl or desk.chance(0.4)), *signed(desk, facts, pool))
    page.footer = desk.pick((f"{title}   #", "", desk.say("Strona #", "Page #")))
    return Draft(page, deals.stem(desk, word), title)


@kind("hr_policy", "hr", "docx")
def hr_policy(desk: Desk) -> Draft:
    return _policy(desk, "hr_policy", "employer", desk.say("regulamin", "policy|handbook"))


@kind("it_policy", "it", "docx")
def it_policy(desk: Desk) -> Draft:
    return _policy(desk, "it_policy", "company", desk.say("polityka|instrukcja", "policy|standard"))


def _between_companies(desk: Desk) -> Facts:
    vendor, buyer = desk.company(), desk.company()
    facts = Facts(desk)
    facts.set("vendor", vendor.name, vendor=vendor.name)
    facts.set("buyer", buyer.name, buyer=buyer.name)
    facts.set("address", buyer.address.line, address=buyer.address.line)
    facts.set("date", desk.written(desk.today), date=desk.today.isoformat())
    return facts


@kind("it_contract", "it", "docx")
def it_contract(desk: Desk) -> Draft:
    return _contract(
        desk,
        "it_contract",
        _between_companies(desk),
        6,
        12,
        desk.say("umowa_IT|umowa_serwisowa", "sla|agreement"),
    )


@kind("statement_of_work", "order", "docx")
def statement_of_work(desk: Desk) -> Draft:
    return _contract(
        desk, "statement_of_work", _between_companies(desk), 5, 10, desk.say("zakres_prac", "SOW|sow")
    )


def _dated(desk: Desk) -> Facts:
    facts = Facts(desk)
    facts.set("date", desk.written(desk.today), date=desk.today.isoformat())
    return facts


@kind("licence_agreement", "other", "docx")
def licence_agreement(desk: Desk) -> Draft:
    return _contract(desk, "licence_agreement", _dated(desk), 5, 9, desk.say("licencja", "licence"))


@kind("regulation", "other", "docx")
def regulation(desk: Desk) -> Draft:
    return _contract(
        desk, "regulation", _dated(desk), 6, 11, desk.say("uchwala|rozporzadzenie", "rule|ordinance")
    )


@kind("memo", "other", "docx", "eml")
def memo(desk: Desk) -> Draft:
    facts = _dated(desk)
    title = facts.one("memo", "title")
    page = desk.sheet()
    if desk.chance(0.4):
        page.add(*deals.letterhead(desk, desk.company()))
    page.add(*deals.heading(desk, desk.put("title", title)))
    page.add(
        Pairs(
            [
                (
                    desk.say("Do", "To|TO"),
                    desk.say("wszyscy pracownicy|kierownicy działów", "All staff|Department heads"),
                ),
                (desk.say("Od", "From|FROM"), desk.person().name),
                (desk.say("Data", "Date|DATE"), facts.fill("{date}")),
                (
                    desk.say("Dotyczy|W sprawie", "Subject|Re"),
                    desk.say(
                        "informacja organizacyjna|porządek w biurze", "Housekeeping|Office arrangements"
                    ),
                ),
            ],
            desk.pick(("colon", "tab")),
            label_width=0.2,
        ),
        Rule(),
    )
    page.add(
        Text(facts.one("memo", "intro"), gap=8),
        *clauses(desk, facts.many("memo", "clause", 2, 6), legal=False),
    )
    page.add(*[Text(part, gap=16) for part in facts.one("memo", "sign").split("|") if part])
    return Draft(page, deals.stem(desk, desk.say("notatka", "memo")), title)


def _notes(desk: Desk, pool: str, word: str, low: int, high: int) -> Draft:
    facts = _dated(desk)
    title = facts.one(pool, "title")
    page = desk.sheet()
    page.add(*deals.heading(desk, desk.put("title", title)), Text(facts.one(pool, "intro"), gap=8))
    page.add(*clauses(desk, facts.many(pool, "clause", low, high), legal=False))
    page.add(*[Text(part, gap=16, align="r") for part in facts.one(pool, "sign").split("|") if part])
    return Draft(page, deals.stem(desk, word), title)


@kind("announcement", "other", "docx", "eml")
def announcement(desk: Desk) -> Draft:
    return _notes(desk, "announcement", desk.say("ogloszenie", "announcement"), 3, 7)


@kind("marketing_note", "other", "docx")
def marketing_note(desk: Desk) -> Draft:
    return _notes(desk, "marketing_note", desk.say("oferta_marketing|ulotka", "campaign|flyer"), 4, 8)


@kind("meeting_note", "other", "docx")
def meeting_note(desk: Desk) -> Draft:
    return _notes(desk, "meeting_note", desk.say("notatka_spotkanie", "minutes|notes"), 4, 8)


@kind("clinical_note", "other", "docx")
def clinical_note(desk: Desk) -> Draft:
    patient = desk.person()
    facts = Facts(desk, patient.woman)
    facts.set("patient", patient.name, patient=patient.name)
    facts.set("date", desk.written(desk.today), date=desk.today.isoformat())
    if desk.pl:
        facts.set("pesel", patient.national_id, pesel=patient.national_id)
    title = facts.one("clinical_note", "title")
    page = desk.sheet()
    page.add(*deals.heading(desk, title), Text(facts.one("clinical_note", "intro"), gap=8))
    page.add(*clauses(desk, facts.many("clinical_note", "clause", 4, 8), legal=False))
    page.add(
        *[Text(part, gap=16, align="r") for part in facts.one("clinical_note", "sign").split("|") if part]
    )
    return Draft(page, deals.stem(desk, desk.say("karta", "note|visit")), title)


@kind("book_page", "other", "docx")
def book_page(desk: Desk) -> Draft:
    """A page or two of a story; the sentences come in any order, as paragraphs of two or three."""
    facts = Facts(desk)
    title = facts.one("book_page", "title")
    page = desk.sheet()
    page.family, page.leading, page.size = desk.pick(("serif", "roman")), 1.5, desk.rng.uniform(10, 12)
    page.margin = desk.rng.uniform(70, 100)
    page.add(Text(title, size=1.4, align="c", gap=30), Gap(24))
    if desk.chance(0.5):
        desk.truth["title"] = title
    else:
        page.blocks.clear()
    lines = facts.many("book_page", "clause", 7, 13)
    desk.rng.shuffle(lines)
    while lines:
        count = desk.rng.randint(1, 3)
        page.add(Text(" ".join(lines[:count]), gap=3))
        lines = lines[count:]
        if len(lines) > 4 and desk.chance(0.06):
            page.add(Break())
    page.footer = str(desk.rng.randint(2, 480))
    return Draft(page, deals.stem(desk, desk.say("strona", "page|book")), title)


@kind("email", "other", "eml")
def email(desk: Desk) -> Draft:
    facts = Facts(desk)
    title = facts.one("email", "title")
    sender, recipient = desk.person(), desk.person()
    lines = [
        facts.one("email", "intro"),
        "",
        *facts.many("email", "clause", 2, 5),
        "",
        facts.one("email", "sign").partition("|")[0],
        sender.first,
    ]
    page = desk.sheet()
    head = [
        (desk.say("Od", "From"), f"{sender.name} <{sender.email}>"),
        (desk.say("Do", "To"), f"{recipient.name} <{recipient.email}>"),
        (desk.say("Data|Wysłano", "Date|Sent"), desk.day("date", desk.today)),
        (desk.say("Temat", "Subject"), title),
    ]
    page.add(Pairs(head, "colon"), Rule(), *[Text(line, gap=0 if line else 6) for line in lines])
    return Draft(page, deals.stem(desk, desk.say("wiadomosc", "message|mail")), title)
