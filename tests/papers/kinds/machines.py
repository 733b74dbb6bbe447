"""Papers about machines and equipment: logs of upkeep, of systems, reports of service, handovers."""

from datetime import datetime, timedelta

from tests.papers.desk import Desk
from tests.papers.kinds import deal as deals
from tests.papers.kinds.registry import Draft, kind
from tests.papers.pools import pools
from tests.papers.prose import Facts
from tests.papers.sheet import Gap, Grid, Text

_POOL = "machines"


def _numbers(desk: Desk) -> tuple[str, str]:
    """A serial number and a number in the inventory."""
    serial = desk.code(desk.pick(("########", "@@@######", "##-@@-####", "S#######")))
    return serial, desk.code(desk.pick(("ST/####/##", "IT-#####", "NR-####", "A######")))


def _thing(desk: Desk, pool: str) -> tuple[str, str, str]:
    name, maker, model = desk.pick(pools(_POOL, desk.language)[pool]).split("|")
    return name, maker, model


def _identity(desk: Desk, facts: Facts) -> list[tuple[str, str]]:
    """What machine it is, as labels and values; most are there."""
    name, maker, model = _thing(desk, "machines")
    serial, number = _numbers(desk)
    items = [
        (desk.say("Urządzenie|Maszyna|Nazwa urządzenia", "Equipment|Machine|Asset"), desk.put("asset", name)),
        (
            desk.say("Typ|Model", "Model|Type"),
            desk.put("model", f"{maker} {model}" if desk.chance(0.3) else model),
        ),
        (
            desk.say("Nr fabryczny|Numer seryjny|Nr seryjny", "Serial number|Serial no.|S/N"),
            desk.put("serial_number", serial),
        ),
    ]
    if desk.chance(0.5):
        items.insert(
            1, (desk.say("Producent|Wytwórca", "Manufacturer|Make"), desk.put("manufacturer", maker))
        )
    if desk.chance(0.6):
        items.append(
            (
                desk.say("Nr inwentarzowy|Numer ewidencyjny", "Asset no.|Inventory number|Asset tag"),
                desk.put("asset_number", number),
            )
        )
    if desk.chance(0.5):
        items.append((desk.say("Lokalizacja|Miejsce użytkowania", "Location|Department"), desk.department()))
    return items


@kind("equipment_log", "it", "docx", "xlsx")
def equipment_log(desk: Desk) -> Draft:
    """Entries of upkeep of one machine: day, hours run, who, what was done."""
    facts = Facts(desk)
    title = desk.say(
        "Książka konserwacji|Dziennik urządzenia|Karta przeglądów i napraw|Dziennik konserwacji maszyny|Rejestr obsługi urządzenia",
        "Equipment Log|Maintenance Log|Equipment Logbook|Machine Maintenance Record|Service and Repair History",
    )
    items = _identity(desk, facts)
    who = [desk.person().name for _ in range(desk.rng.randint(1, 3))]
    when, hours = desk.today - timedelta(days=desk.rng.randint(200, 700)), desk.rng.randint(20, 9000)
    parts = desk.chance(0.3)
    rows = []
    for n in range(1, desk.rng.randint(6, 22)):
        when += timedelta(days=desk.rng.randint(3, 45))
        hours += desk.rng.randint(5, 320)
        row = [str(n), desk.written(when), str(hours), desk.pick(who), facts.one(_POOL, "done")]
        rows.append([*row, desk.pick(("", "", *pools(_POOL, desk.language)["parts"]))] if parts else row)
    head = [
        desk.say("Lp.|Nr", "No.|#"),
        desk.say("Data", "Date"),
        desk.say("Motogodziny|Przebieg [mth]|Licznik godzin", "Hours|Run hours|Hour meter"),
        desk.say("Wykonał|Konserwator|Serwisant", "Technician|Performed by|Initials"),
        desk.say(
            "Wykonane czynności|Opis czynności|Zakres prac", "Work performed|Description of work|Action taken"
        ),
    ]
    widths = [0.5, 1.4, 1.2, 1.8, 4.0]
    if parts:
        head.append(desk.say("Części|Zużyte materiały", "Parts|Parts used"))
        widths.append(1.4)
    style, size = deals.grid_style(desk)
    page = desk.sheet()
    if desk.chance(0.5):
        page.add(*deals.letterhead(desk, desk.company()))
    page.add(*deals.heading(desk, title), *deals.facts(desk, items), Gap(8))
    page.add(Grid(head, rows, widths, "llrlll"[: len(head)], style, size))
    page.footer = desk.pick(("", desk.say("Strona #", "Page #")))
    return Draft(page, deals.stem(desk, desk.say("dziennik|konserwacja", "equipment_log|maintenance")), title)


@kind("service_report", "it", "docx", "eml")
def service_report(desk: Desk) -> Draft:
    """What a technician found and did at a customer's."""
    facts = Facts(desk)
    service, customer = desk.company(), desk.company()
    title = desk.say(
        "Protokół serwisowy|Raport serwisowy|Karta serwisowa|Protokół z przeglądu i naprawy",
        "Service Report|Field Service Report|Service Visit Report|Maintenance Service Report",
    )
    number = desk.put("document_number", desk.code(desk.pick(("PS/####/{y}", "SR-######", "{yy}{m}-###"))))
    start = desk.rng.randint(7, 13)
    job = [
        (
            desk.say("Data|Data usługi|Data interwencji", "Date|Date of service|Visit date"),
            desk.day("date", desk.today),
        ),
        (
            desk.say("Godziny pracy|Czas pracy", "Time on site|Labor hours"),
            f"{start}:00 - {start + desk.rng.randint(1, 6)}:30",
        ),
        (desk.say("Serwisant|Technik", "Technician|Engineer"), desk.person().name),
        (
            desk.say("Zgłoszona usterka|Opis zgłoszenia", "Reported problem|Fault reported"),
            facts.one(_POOL, "faults"),
        ),
    ]
    page = desk.sheet()
    page.add(
        *deals.letterhead(desk, service, "vendor"),
        *deals.heading(desk, title, f"{desk.say('Nr', 'No.')} {number}"),
    )
    page.add(*deals.party(desk, customer, desk.say("Klient|Zleceniodawca", "Customer|Site")), Gap(8))
    page.add(*deals.facts(desk, _identity(desk, facts)), Gap(8), *deals.facts(desk, job))
    page.add(
        Text(
            desk.say("Wykonane czynności|Zakres wykonanych prac", "Work performed|Work carried out"),
            bold=True,
            gap=10,
        )
    )
    mark = desk.pick(("- ", "• ", ""))
    page.add(*[Text(mark + line, gap=2) for line in facts.many(_POOL, "works", 2, 5)])
    if desk.chance(0.6):
        used = [[part, str(desk.rng.randint(1, 4))] for part in facts.many(_POOL, "parts", 1, 4)]
        named = (desk.say("Użyte części|Części zamienne", "Parts used|Spare parts"), desk.say("Ilość", "Qty"))
        style, size = deals.grid_style(desk)
        page.add(Gap(8), Grid(named, used, (4, 1), "lr", style, size))
    page.add(Text(desk.say("Uwagi i zalecenia|Wnioski", "Remarks|Recommendations"), bold=True, gap=10))
    page.add(*[Text(line, gap=2) for line in facts.many(_POOL, "advice", 1, 2)])
    page.add(
        *deals.signatures(
            desk,
            desk.say("podpis serwisanta", "Technician"),
            desk.say("podpis klienta", "Customer signature"),
        )
    )
    return Draft(
        page, deals.stem(desk, desk.say("protokol_serwisowy|serwis", "service_report"), number), title
    )


@kind("asset_handover", "it", "docx")
def asset_handover(desk: Desk) -> Draft:
    """Equipment given to an employee, one thing in boxes or several in a table."""
    facts = Facts(desk)
    company, employee, giver = desk.company(), desk.person(), desk.person()
    title = desk.say(
        "Protokół przekazania sprzętu|Protokół zdawczo-odbiorczy sprzętu|Protokół wydania sprzętu służbowego|Potwierdzenie odbioru sprzętu",
        "Asset Handover Form|Equipment Handover Record|IT Equipment Issue Form|Equipment Receipt Acknowledgement",
    )
    items = [
        (
            desk.say("Pracownik|Przejmujący|Odbierający", "Employee|Issued to|Received by"),
            desk.put("employee", employee.name),
        ),
        (desk.say("Stanowisko", "Job title|Position"), desk.position()),
        (desk.say("Przekazujący|Wydający", "Issued by|Handed over by"), giver.name),
        (
            desk.say("Data|Data przekazania|Data wydania", "Date|Date of issue|Handover date"),
            desk.day("date", desk.today),
        ),
    ]
    if desk.chance(0.5):
        items.insert(
            0,
            (
                desk.say("Nr protokołu|Numer", "Form no.|Reference"),
                desk.put("document_number", desk.code(desk.pick(("##/{y}", "IT/{yy}/###")))),
            ),
        )
    page = desk.sheet()
    if desk.chance(0.6):
        page.add(*deals.letterhead(desk, company))
    page.add(
        *deals.heading(desk, title),
        *deals.facts(desk, items),
        Gap(8),
        Text(facts.one(_POOL, "handover"), gap=4),
        Gap(6),
    )
    things = [(*_thing(desk, "items"), *_numbers(desk)) for _ in range(desk.pick((1, 1, 2, 3, 4)))]
    name, maker, model, serial, number = things[0]
    for field, value in (("asset", name), ("serial_number", serial), ("asset_number", number)):
        desk.put(field, value)
    desk.put("model", f"{maker} {model}")
    labels = (
        desk.say("Nazwa sprzętu|Sprzęt|Rodzaj sprzętu", "Item|Equipment|Asset"),
        desk.say("Model|Marka i model", "Model|Make and model"),
        desk.say("Nr seryjny|Numer seryjny|S/N", "Serial number|Serial no.|S/N"),
        desk.say("Nr inwentarzowy|Nr ewidencyjny", "Asset tag|Asset number|Inventory no."),
    )
    rows = [[n, f"{m} {t}", s, i] for n, m, t, s, i in things]
    if len(rows) == 1 and desk.chance(0.7):
        page.add(*deals.facts(desk, list(zip(labels, rows[0], strict=True))))
    else:
        style, size = deals.grid_style(desk)
        page.add(Grid(labels, rows, (2, 2, 1.6, 1.5), "llll", style, size))
    page.add(
        Text(
            f"{desk.say('Wyposażenie|Akcesoria', 'Accessories|Included')}: {', '.join(facts.many(_POOL, 'extras', 1, 4))}",
            gap=6,
        )
    )
    page.add(*[Text(f"{n}. {line}", gap=3) for n, line in enumerate(facts.many(_POOL, "duties", 1, 4), 1)])
    page.add(
        *deals.signatures(
            desk,
            desk.say("przekazujący", "Issued by"),
            desk.say("przejmujący|pracownik", "Employee signature|Received by"),
        )
    )
    return Draft(page, deals.stem(desk, desk.say("protokol_przekazania|sprzet", "handover|equipment")), title)


@kind("system_log", "it", laid_out=False)
def system_log(desk: Desk) -> Draft:
    """Lines as syslog, journald or a service writes them."""
    facts = Facts(desk)
    host = desk.put(
        "host", desk.code(desk.pick(("srv-##", "@@web##", "db-#", "node##.example", "fw-##"))).lower()
    )
    lines = [line.split("|", 2) for line in pools("system_log", desk.language)["messages"]]
    if desk.chance(0.3):
        only = desk.put("service", desk.pick(("kernel", "systemd", "sshd", "postgres")))
        lines = [line for line in lines if line[0] == only]
    form = desk.pick(("bsd", "bsd", "journal", "5424", "level"))
    levels = ("info", "warning", "error")
    when = datetime(desk.today.year, desk.today.month, desk.today.day, desk.rng.randint(0, 22), 1, 7)
    ids = {service: desk.rng.randint(300, 32000) for service, _, _ in lines}
    out, worst = [], 0
    for _ in range(desk.rng.randint(25, 90)):
        when += timedelta(seconds=desk.rng.randint(0, 140), microseconds=desk.rng.randint(0, 999_999))
        service, level, message = desk.pick(lines)
        worst = max(worst, levels.index(level))
        message, number = facts.fill(message), ids[service]
        named = service if service == "kernel" else f"{service}[{number}]"
        match form:
            case "bsd":
                out.append(f"{when:%b} {when.day:>2} {when:%H:%M:%S} {host} {named}: {message}")
            case "journal":
                out.append(f"{when:%Y-%m-%dT%H:%M:%S}+0100 {host} {named}: {message}")
            case "5424":
                priority = 24 + {"info": 6, "warning": 4, "error": 3}[level]
                out.append(
                    f"<{priority}>1 {when:%Y-%m-%dT%H:%M:%S.%f}Z {host} {service} {number} - - {message}"
                )
            case _:
                out.append(
                    f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03d} {host} {level.upper():<7} {named}: {message}"
                )
    if form == "level":
        desk.put("severity", levels[worst])
    stem = desk.pick(("syslog", "messages", "journal", f"{host}_{desk.today:%Y%m%d}", "auth.log.1"))
    return Draft(desk.sheet(mono=True), stem, "", "\n".join(out) + "\n")
