"""Papers of personnel: requests for leave, certificates, questionnaires."""

from datetime import date, timedelta
from typing import Literal

from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.registry import Draft, kind
from tests.papers.kinds.staff import POOL, employee, grown, pesel, position, word
from tests.papers.prose import Facts
from tests.papers.sheet import Band, Block, Gap, Grid, Pairs, Text


@kind("leave_request", "hr", "docx", "eml")
def leave_request(desk: Desk) -> Draft:
    """A request for days off: a form with boxes or a letter."""
    company, person = desk.company(), grown(desk, desk.today)
    first = desk.later(3, 60)
    first += timedelta(days=-first.weekday() % 7)
    last = first + timedelta(days=desk.rng.choice((0, 1, 4, 4, 9, 11, 13)))
    days = sum((first + timedelta(days=n)).weekday() < 5 for n in range((last - first).days + 1))
    sort = word(desk, "leaves")
    title = desk.say(
        "Wniosek o urlop|Wniosek urlopowy|Wniosek o udzielenie urlopu|Podanie o urlop",
        "Leave Request|Leave Request Form|Application for Leave|Time Off Request|Vacation Request Form",
    )
    page = desk.sheet()
    span = desk.day("date_from", first), desk.day("date_to", last)
    if desk.chance(0.6):
        if desk.chance(0.5):
            page.add(*deals.letterhead(desk, company, "employer"))
        items = [
            employee(desk, person),
            *([position(desk)] if desk.chance(0.6) else []),
            (desk.say("Dział|Komórka organizacyjna", "Department"), desk.department()),
            (desk.say("Rodzaj urlopu", "Type of leave|Leave type"), sort),
            (desk.say("Od dnia|Od|Początek urlopu", "From|First day of leave|Start date"), span[0]),
            (desk.say("Do dnia|Do|Koniec urlopu", "To|Last day of leave|End date"), span[1]),
            (desk.say("Liczba dni roboczych|Wymiar (dni)", "Number of days|Working days"), str(days)),
            (
                desk.say("Data złożenia|Data wniosku|Data", "Date of request|Date submitted|Date"),
                desk.day("date", desk.today),
            ),
        ]
        if desk.chance(0.5):
            items.append((desk.say("Zastępstwo|Osoba zastępująca", "Cover|Replacement"), desk.person().name))
        page.add(*deals.heading(desk, title), *deals.facts(desk, items))
        page.add(
            Text(
                desk.say(
                    "Decyzja przełożonego: ☐ zgoda  ☐ odmowa|Wyrażam zgodę / nie wyrażam zgody",
                    "Manager's decision:  ☐ Approved  ☐ Denied|☐ Approved   ☐ Not approved",
                ),
                gap=12,
            )
        )
    else:
        desk.put("employee", person.name)
        dated = f"{person.address.city}, {desk.day('date', desk.today)}"
        page.add(Text(dated, align="r"), Text(person.name), Text(desk.position()), Gap(16))
        page.add(
            Text(desk.put("employer", company.name), bold=True, align=desk.pick(("l", "r"))),
            Gap(16),
            *deals.heading(desk, title),
        )
        why = word(desk, "reasons")
        page.add(
            Text(
                desk.say(
                    "Zwracam się z prośbą o udzielenie mi dni wolnych ({4}) od {0} do {1}, to jest {2} dni roboczych, {3}.|Proszę o udzielenie: {4} w okresie od dnia {0} do dnia {1} ({2} dni).",
                    "I would like to request {4} from {0} to {1} ({2} working days), {3}.|Please approve my {4} beginning {0} and ending {1}, {2} working days in total.",
                ).format(*span, days, why, sort)
            )
        )
    page.add(
        *deals.signatures(
            desk,
            desk.say("podpis przełożonego|", "Manager|"),
            desk.say("podpis pracownika", "Employee signature"),
        )
    )
    return Draft(page, deals.stem(desk, desk.say("wniosek_urlopowy|urlop", "leave_request|time_off")), title)


@kind("employment_certificate", "hr", "docx")
def employment_certificate(desk: Desk) -> Draft:
    """That somebody worked here, from when to when and as what."""
    company = desk.company()
    ended = desk.today - timedelta(days=desk.rng.randint(0, 7))
    began = ended - timedelta(days=desk.rng.randint(200, 4000))
    person = grown(desk, began)
    facts = Facts(desk, person.woman)
    title = desk.say(
        "Świadectwo pracy",
        "Certificate of Employment|Employment Certificate|Service Certificate|Employment Verification Letter",
    )
    name, job = desk.put("employee", person.name), desk.put("position", desk.position())
    span = desk.day("hire_date", began), desk.day("termination_date", ended)
    page = desk.sheet()
    page.add(*deals.letterhead(desk, company, "employer"))
    if desk.pl and desk.chance(0.5):
        page.add(Text(f"NIP: {desk.put('employer_nip', company.tax_id)}   REGON: {company.regon}"))
    page.add(
        Text(f"{company.address.city}, {desk.day('date', desk.today)}", align="r"),
        *deals.heading(desk, title),
    )
    lines: list[str] = []
    if desk.pl:
        born = f"[urodzony|urodzona] {desk.day('birth_date', person.born)}"
        extra = f", PESEL {desk.put('pesel', person.national_id)}" if desk.chance(0.4) else ""
        lines.append(
            f"Stwierdza się, że {name}, {born}{extra}, [był zatrudniony|była zatrudniona] w {desk.pick(('naszym zakładzie', 'firmie'))} {company.name} w okresie od {span[0]} do {span[1]} w wymiarze {desk.pick(('pełnego etatu', '1/2 etatu', '3/4 etatu'))}."
        )
        lines.append(f"W okresie zatrudnienia [wykonywał|wykonywała] pracę na stanowisku: {job}.")
        lines.append(f"Stosunek pracy ustał {word(desk, 'grounds')}.")
    elif desk.chance(0.5):
        items = [
            (desk.say("", "Employee|Name of employee"), name),
            (desk.say("", "Position held|Job title"), job),
            (desk.say("", "Date of joining|Start date|Employed from"), span[0]),
            (desk.say("", "Date of leaving|End date|Employed until"), span[1]),
        ]
        page.add(Text("To whom it may concern:", gap=4), Gap(4), *deals.facts(desk, items), Gap(6))
        lines.append(f"Employment ended {word(desk, 'grounds')}.")
    else:
        lines.append(
            f"This is to certify that {name} was employed by {company.name} from {span[0]} to {span[1]} as {job}."
        )
        lines.append(f"[His|Her] employment ended {word(desk, 'grounds')}.")
    lines = [facts.fill(line) for line in lines] + facts.many(POOL, "certified", 2, 5)
    numbered = desk.pl and desk.chance(0.8)
    page.add(*[Text(f"{n}. {line}" if numbered else line, gap=6) for n, line in enumerate(lines, 1)])
    page.add(*[Text(line, size=0.85, gap=6) for line in facts.many(POOL, "advice", 1, 2)])
    page.add(
        *deals.signatures(
            desk, "", desk.say("podpis pracodawcy lub osoby upoważnionej", "HR Manager|Authorized signature")
        )
    )
    return Draft(
        page, deals.stem(desk, desk.say("swiadectwo_pracy", "employment_certificate|reference")), title
    )


@kind("medical_certificate", "hr", "docx")
def medical_certificate(desk: Desk) -> Draft:
    """That somebody is fit to work, or for how long not."""
    company, person, medic = desk.company(), grown(desk, desk.today), desk.person()
    away = not desk.pl and desk.chance(0.4)
    title = desk.say(
        "Orzeczenie lekarskie|Orzeczenie lekarskie|Zaświadczenie lekarskie o zdolności do pracy",
        "Medical Certificate|Doctor's Note|Statement of Fitness for Work"
        if away
        else "Fitness for Work Certificate|Medical Certificate of Fitness|Occupational Health Certificate|Medical Certificate",
    )
    items = [employee(desk, person), *pesel(desk, person)]
    items.append((desk.say("Data urodzenia|Ur.", "Date of birth|DOB"), desk.day("birth_date", person.born)))
    items.append(
        (desk.say("Pracodawca|Zakład pracy", "Employer|Company"), desk.put("employer", company.name))
    )
    if not away:
        items.append(position(desk))
        items.append(
            (
                desk.say("Rodzaj badania", "Type of examination"),
                desk.say("wstępne|okresowe|kontrolne", "pre-employment|periodic|return to work"),
            )
        )
        items.append(
            (
                desk.say("Czynniki szkodliwe i uciążliwe|Warunki pracy", "Working conditions|Exposures"),
                word(desk, "hazards"),
            )
        )
    items.append(
        (
            desk.say("Data badania|Data wydania orzeczenia|Data", "Date of examination|Date of issue|Date"),
            desk.day("date", desk.today),
        )
    )
    page = desk.sheet()
    clinic = word(desk, "clinics")
    page.add(Text(clinic, bold=True, size=1.2), Text(desk.address().line, size=0.9))
    number = (
        desk.put("document_number", desk.code(desk.pick(("####/{y}", "MP-#####"))))
        if desk.chance(0.5)
        else ""
    )
    page.add(
        *deals.heading(desk, title, *([f"{desk.say('nr', 'No.')} {number}"] if number else [])),
        *deals.facts(desk, items),
        Gap(10),
    )
    if away:
        until = desk.day("date_from", desk.today), desk.day("date_to", desk.later(2, 20))
        page.add(
            Text("I examined the patient and find them unfit for work from {} to {}.".format(*until), gap=6)
        )
    else:
        page.add(
            Text(
                desk.say(
                    "Wobec braku przeciwwskazań zdrowotnych osoba badana jest zdolna do wykonywania pracy na wskazanym stanowisku.|W wyniku badania lekarskiego orzeka się: zdolny/a do podjęcia pracy na określonym stanowisku.",
                    "Following the examination the employee is fit for the duties of the post.|The above named is medically fit to perform the job described, without restrictions.|Result: ☒ Fit   ☐ Fit with restrictions   ☐ Unfit",
                ),
                bold=desk.chance(0.3),
                gap=6,
            )
        )
        if desk.chance(0.8):
            label = desk.say(
                "Data następnego badania|Orzeczenie ważne do|Termin następnego badania",
                "Valid until|Next examination due|Certificate expires",
            )
            page.add(
                Text(
                    f"{label}: {desk.day('valid_until', desk.today + timedelta(days=365 * desk.rng.randint(1, 4)))}",
                    gap=8,
                )
            )
    page.add(
        *deals.signatures(
            desk,
            "",
            desk.say(
                "pieczęć i podpis lekarza: lek. {}|lek. {}, uprawniony do badań profilaktycznych",
                "Dr {}, physician|{}, MD, occupational physician",
            ).format(medic.name),
        )
    )
    return Draft(
        page, deals.stem(desk, desk.say("orzeczenie|badania_lekarskie", "medical_certificate|fitness")), title
    )


@kind("personal_questionnaire", "hr", "docx")
def personal_questionnaire(desk: Desk) -> Draft:
    """What an applicant or employee tells of himself, in boxes."""
    person, kin = grown(desk, desk.today - timedelta(days=4800)), desk.person()
    title = desk.say(
        "Kwestionariusz osobowy dla osoby ubiegającej się o zatrudnienie|Kwestionariusz osobowy pracownika|Kwestionariusz osobowy",
        "Employee Personal Information Form|Personal Data Form|New Employee Questionnaire|Employee Information Sheet",
    )
    about = [
        employee(desk, person),
        (desk.say("Data urodzenia", "Date of birth"), desk.day("birth_date", person.born)),
        *pesel(desk, person),
        (
            desk.say("Obywatelstwo", "Nationality|Citizenship"),
            desk.say("polskie", "British|Irish" if desk.region == "GB" else "US|USA"),
        ),
    ]
    reach = [
        (
            desk.say("Adres zamieszkania|Miejsce zamieszkania", "Home address|Address"),
            desk.put("address", person.address.line),
        ),
        (desk.say("Telefon|Nr telefonu", "Phone|Telephone|Mobile"), desk.put("phone", person.phone)),
        (desk.say("E-mail|Adres e-mail", "E-mail|Email address"), desk.put("email", person.email)),
    ]
    learnt = [
        (
            desk.say("Wykształcenie|Ukończone szkoły", "Education|Highest qualification"),
            word(desk, "schools"),
        ),
        (desk.say("Zawód|Zawód wyuczony", "Occupation|Profession"), desk.position()),
        (desk.say("Znajomość języków|Języki obce", "Languages"), word(desk, "tongues")),
    ]
    page = desk.sheet()
    if desk.chance(0.4):
        page.add(*deals.letterhead(desk, desk.company(), "employer"))
    page.add(*deals.heading(desk, title))
    named = desk.pick((True, False))
    headings = (
        desk.say("Dane osobowe|I. Dane podstawowe", "Personal details|Section 1 - About you"),
        desk.say("Dane kontaktowe|II. Adres i kontakt", "Contact details|Section 2 - How to reach you"),
        desk.say(
            "Wykształcenie i kwalifikacje|III. Kwalifikacje",
            "Education and skills|Section 3 - Qualifications",
        ),
    )
    styles: tuple[Literal["boxed", "tab", "colon"], ...] = ("boxed", "boxed", "tab", "colon")
    style = desk.pick(styles)
    for heading, items in zip(headings, (about, reach, learnt), strict=True):
        shown: Block = Band(heading, 1) if named else Text(heading, bold=True, gap=8)
        page.add(shown, Pairs(items, style, across=desk.pick((1, 2))))
    page.add(*_employers(desk, desk.today))
    contact = desk.say("Osoba do zawiadomienia w razie wypadku", "Emergency contact|In an emergency notify")
    page.add(Text(f"{contact}: {kin.name}, tel. {kin.phone}", gap=8))
    page.add(
        Text(
            desk.say(
                "Oświadczam, że podane dane są zgodne z prawdą.|Dane zawarte w kwestionariuszu są zgodne ze stanem faktycznym.",
                "I confirm that the information given above is true and complete.|I will inform HR of any change.",
            ),
            gap=8,
        )
    )
    page.add(
        Text(
            f"{desk.say('Data|Data wypełnienia', 'Date|Date completed')}: {desk.day('date', desk.today)}",
            gap=6,
        )
    )
    page.add(
        *deals.signatures(
            desk,
            "",
            desk.say("podpis osoby składającej kwestionariusz|podpis", "Signature|Employee signature"),
        )
    )
    return Draft(page, deals.stem(desk, desk.say("kwestionariusz", "personal_form|questionnaire")), title)


def _employers(desk: Desk, until: date) -> list[Block]:
    """Earlier posts, latest first."""
    rows = []
    for _ in range(desk.rng.randint(0, 3)):
        began = until - timedelta(days=desk.rng.randint(200, 1500))
        before = desk.company()
        rows.append([f"{desk.written(began)} - {desk.written(until)}", before.name, desk.position()])
        until = began - timedelta(days=desk.rng.randint(1, 90))
    if not rows:
        return []
    head = (
        desk.say("Okres", "Period"),
        desk.say("Pracodawca|Nazwa zakładu", "Employer"),
        desk.say("Stanowisko", "Position"),
    )
    style, size = deals.grid_style(desk)
    return [
        Text(
            desk.say("Przebieg dotychczasowego zatrudnienia", "Previous employment|Employment history"),
            bold=True,
            gap=8,
        ),
        Gap(4),
        Grid(head, rows, (1.8, 2.4, 1.8), "lll", style, size),
    ]
