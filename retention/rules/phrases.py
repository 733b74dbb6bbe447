"""Parts of sentences: days, lengths, conditions."""

from collections.abc import Mapping
from datetime import date

from retention.rules.language import WrongFieldError, read_condition
from retention.rules.model import AgeAt, Comparison, Known, OneOf, Period
from retention.rules.names import RECORDED_IN, fact_name

_MONTHS_PL = (
    *("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca"),
    *("lipca", "sierpnia", "września", "października", "listopada", "grudnia"),
)
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_COMPARED = {
    "<": ("before {day}", "przed {day}"),
    "<=": ("not after {day}", "najpóźniej {day}"),
    ">": ("after {day}", "po {day}"),
    ">=": ("not before {day}", "nie wcześniej niż {day}"),
    "==": ("on {day}", "dokładnie {day}"),
    "!=": ("not on {day}", "nie {day}"),
}
_AGED = {
    "<": ("less than {age}", "poniżej {age}"),
    "<=": ("at most {age}", "najwyżej {age}"),
    ">": ("more than {age}", "powyżej {age}"),
    ">=": ("at least {age}", "co najmniej {age}"),
}
_AGE_UNITS = (("years", "roku", "lat"), ("months", "miesiąca", "miesięcy"))


def say_day(iso: str, language: str) -> str:
    """`31 December 2031` or `31 grudnia 2031 r.`."""
    day = date.fromisoformat(iso)
    if language == "pl":
        return f"{day.day} {_MONTHS_PL[day.month - 1]} {day.year} r."
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def say_length(data: Mapping[str, int], language: str) -> str:
    """`3 years and 6 months`, in Polish with the right plural."""
    parts = []
    for unit, one, few, many, english in (
        ("years", "rok", "lata", "lat", "year"),
        ("months", "miesiąc", "miesiące", "miesięcy", "month"),
        ("days", "dzień", "dni", "dni", "day"),
    ):
        count = data.get(unit, 0)
        if not count:
            continue
        if language == "pl":
            form = (
                one if count == 1 else few if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else many
            )
            parts.append(f"{count} {form}")
        else:
            parts.append(f"{count} {english}{'' if count == 1 else 's'}")
    polish = language == "pl"
    return (" i " if polish else " and ").join(parts) or ("0 dni" if polish else "0 days")


def say_condition(text: str, language: str) -> str:
    """A condition as a file plan writes it, in words; one that cannot be read stays as it is."""
    polish = language == "pl"
    try:
        condition = read_condition(text)
    except WrongFieldError:
        return text
    name = fact_name(condition.fact, language)
    match condition:
        case Known():
            known, unknown = ("jest znane", "nie jest znane") if polish else ("is known", "is not known")
            return f"{name} {known if condition.wanted else unknown}"
        case OneOf():
            words = ", ".join(condition.values)
            among, not_among = ("jedno z", "żadne z") if polish else ("one of", "none of")
            return f"{name}: {among if condition.wanted else not_among} {words}"
        case AgeAt():
            said = _AGED[condition.operator][polish].format(age=_age(condition.age, polish))
            whose = fact_name(condition.birth, language)
            if polish:
                return f"wiek (liczony od: {whose}) w dniu: {name} – {said}"
            return f"age (counted from: {whose}) on the day of: {name} – {said}"
        case Comparison(value=bool() as flag):
            yes, no = ("tak", "nie") if polish else ("yes", "no")
            return f"{name}: {yes if flag else no}"
        case Comparison(value=date() as day):
            return f"{name}: {_COMPARED[condition.operator][polish].format(day=say_day(str(day), language))}"
        case Comparison():
            other = "inne niż " if polish else "other than "
            return f"{name}: {other if condition.operator == '!=' else ''}{condition.value}"


def where_recorded(fact: str, said: str, language: str) -> str:
    """`said` with the field in which the fact is recorded; nothing if there is none."""
    field = RECORDED_IN.get(fact)
    if field is None:
        return ""
    return said.replace("{field}", f"„{field[1]}”" if language == "pl" else f"“{field[0]}”")


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def _age(age: Period, polish: bool) -> str:
    if not polish:
        return say_length({"years": age.years, "months": age.months, "days": age.days}, "en")
    parts = []
    for unit, one, many in _AGE_UNITS:
        count = getattr(age, unit)
        if count:
            parts.append(f"{count} {one if count == 1 else many}")
    if age.days:
        parts.append(f"{age.days} {'dnia' if age.days == 1 else 'dni'}")
    return " i ".join(parts) or "0 dni"
