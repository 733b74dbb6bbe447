"""A laboratory's results as a message of HL7 version 2.5.1 (ORU^R01)."""

from collections.abc import Sequence
from datetime import date, timedelta

from tests.papers.desk import Desk
from tests.papers.kinds.tested import Result, Visit, words

_CODES = {"\\": "E", "|": "F", "^": "S", "&": "T", "~": "R"}


def as_hl7(desk: Desk, seen: Visit, results: Sequence[Result], lab: str) -> str:
    """The message; segments end with a carriage return. Notes on the desk what only a message says."""
    who, day = seen.patient, desk.today
    moment = _time(desk, day)
    put = desk.put
    kind = put("message_type", "ORU^R01^ORU_R01")
    system = put("sending_application", desk.pick(("LIS", "LABNET", "MEDLAB", "HEMOSYS")))
    sent_by, to = put("sending_facility", lab), put("receiving_facility", seen.ward)
    control = put("message_control_id", desk.code(desk.pick(("########", "MSG######", "{y}{m}########"))))
    chart = put("patient_id", seen.chart)
    put("patient", f"{who.last} {who.first}")
    put("birth_date", who.born.isoformat())
    put("ordering_provider", f"{seen.doctor.last} {seen.doctor.first}")
    put("version", "2.5.1")
    desk.truth.pop("vendor", None)  # a message calls it the sending facility
    put("result_status", "F")
    numbers = f"{chart}^^^{system}^MR"
    if desk.pl:
        numbers += f"~{put('pesel', who.national_id)}^^^PL^NNPOL"
    name = f"{_safe(who.last)}^{_safe(who.first)}"
    doctor = (
        f"{desk.code('#######')}^{_safe(seen.doctor.last)}^{_safe(seen.doctor.first)}^^^{_safe(seen.degree)}"
    )
    town = f"{_safe(who.address.street)}^^{_safe(who.address.city)}"
    taken = _time(desk, day - timedelta(days=1))
    order, specimen = put("order_number", seen.order), put("specimen", seen.specimen)
    out = [
        [
            "MSH",
            "^~\\&",
            system,
            _safe(sent_by),
            "HIS",
            _safe(to),
            moment,
            "",
            kind,
            control,
            "P",
            "2.5.1",
            "",
            "",
            "",
            "",
            "",
            "UNICODE UTF-8",
        ],
        [
            "PID",
            "1",
            "",
            numbers,
            "",
            name,
            "",
            f"{who.born:%Y%m%d}",
            "F" if who.woman else "M",
            "",
            "",
            town,
        ],
        ["PV1", "1", "O", _safe(seen.ward)],
    ]
    panels = [line.split("|") for line in words(desk, "panels")]
    tests = flags = count = 0
    for code, title in panels:
        mine = [result for result in results if result.panel == code]
        if not mine:
            continue
        tests += 1
        filler = f"{specimen}-{tests}"
        out.append(["ORC", "RE", order, filler, "", "CM"] + [""] * 6 + [doctor])
        out.append(
            ["OBR", str(tests), order, filler, f"{code}^{_safe(title)}^99LAB", "", "", taken]
            + [""] * 8
            + [doctor, "", "", "", "", "", moment, "", "LAB", "F"]
        )
        for n, result in enumerate(mine, 1):
            count += 1
            flags += bool(result.flag)
            ident = f"{result.code}^{_safe(result.name)}^99LAB"
            out.append(
                [
                    "OBX",
                    str(n),
                    "NM",
                    ident,
                    "",
                    f"{result.value:f}",
                    _safe(result.unit),
                    _range(result),
                    result.flag or "N",
                    "",
                    "",
                    "F",
                    "",
                    "",
                    taken,
                ]
            )
        if desk.chance(0.4):
            out.append(["NTE", "1", "L", _safe(desk.pick(words(desk, "remarks")))])
        out.append(
            ["SPM", "1", specimen, "", f"{desk.pick(('BLD', 'SER', 'PLAS'))}^{_safe(seen.sample)}^99LAB"]
        )
    for field, number in (("obr", tests), ("obx", count), ("abnormal_flags", flags)):
        put(field, str(number))
    return "".join("|".join(segment) + "\r" for segment in out)


def _safe(text: str) -> str:
    """With the message's separators escaped."""
    return "".join(f"\\{_CODES[c]}\\" if c in _CODES else c for c in text)


def _range(result: Result) -> str:
    if result.low is None:
        return f"<{result.high}"
    return f">{result.low}" if result.high is None else f"{result.low}-{result.high}"


def _time(desk: Desk, when: date) -> str:
    rng = desk.rng
    return f"{when:%Y%m%d}{rng.randint(6, 18):02d}{rng.randint(0, 59):02d}{rng.randint(0, 59):02d}"
