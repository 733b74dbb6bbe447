"""What follows from conditions and periods, whatever the facts. Unsure means no."""

from datetime import date

from retention.rules.model import AgeAt, Comparison, Condition, Known, OneOf, Period


def implies(known: Condition, asked: Condition) -> bool:
    """Whether `asked` is sure to hold where `known` holds. False also where that cannot be told."""
    if known == asked:
        return True
    if isinstance(asked, Known):
        return asked.wanted and asked.fact in _sure_to_be_known(known)
    if isinstance(known, AgeAt) and isinstance(asked, AgeAt):
        same = (known.fact, known.birth, known.operator) == (asked.fact, asked.birth, asked.operator)
        wider = (asked.age, known.age) if asked.operator[0] == "<" else (known.age, asked.age)
        return same and not_shorter(*wider)
    if known.fact != asked.fact:
        return False
    left, right = _words(known), _words(asked)
    if left is not None and right is not None:
        return _words_imply(left, right)
    if isinstance(known, Comparison) and isinstance(asked, Comparison):
        return _dates_imply(known, asked)
    return False


def not_shorter(new: Period, old: Period) -> bool:
    """Whether `new` ends no earlier than `old`, from whatever day both are counted."""
    months = (new.years - old.years) * 12 + new.months - old.months
    if months < 0:
        return False
    gained = 28 * months + new.days - old.days
    if old.leap_to_march and not new.leap_to_march and months == 0:
        return gained >= 1 and new.days > old.days
    return gained >= 0


def _sure_to_be_known(condition: Condition) -> tuple[str, ...]:
    if isinstance(condition, Known):
        return (condition.fact,) if condition.wanted else ()
    return condition.facts


def _words(condition: Condition) -> tuple[bool, frozenset[str]] | None:
    """The words that a condition wants (True) or does not want (False)."""
    if isinstance(condition, OneOf):
        return condition.wanted, frozenset(word.casefold() for word in condition.values)
    if isinstance(condition, Comparison) and isinstance(condition.value, str):
        return condition.operator == "==", frozenset({condition.value.casefold()})
    return None


def _words_imply(known: tuple[bool, frozenset[str]], asked: tuple[bool, frozenset[str]]) -> bool:
    match known[0], asked[0]:
        case True, True:
            return known[1] <= asked[1]
        case True, False:
            return not known[1] & asked[1]
        case False, False:
            return asked[1] <= known[1]
        case _:
            return False


def _dates_imply(known: Comparison, asked: Comparison) -> bool:
    one, two = known.value, asked.value
    if not (isinstance(one, date) and isinstance(two, date)):
        return False
    match known.operator, asked.operator:
        case ("<" | "<=" | "==", "<=") | ("<", "<"):
            return one <= two
        case ("<=" | "==", "<"):
            return one < two
        case (">" | ">=" | "==", ">=") | (">", ">"):
            return one >= two
        case (">=" | "==", ">"):
            return one > two
        case ("<", "!="):
            return one <= two
        case (">", "!="):
            return one >= two
        case ("<=", "!="):
            return one < two
        case (">=", "!="):
            return one > two
        case ("==", "!="):
            return one != two
        case _:
            return False
