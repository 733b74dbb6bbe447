"""Text that can be kept: valid Unicode without NUL, which no database and no file of ours takes otherwise."""

import re
from typing import Any

#: What is said of a text that cannot be kept.
UNFIT = "it has a character that is no text, such as NUL or half of a Unicode pair"
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def is_fit(text: str) -> bool:
    """Whether a text can be stored and sent: PostgreSQL takes no NUL, and UTF-8 has no half of a pair."""
    return _UNFIT.search(text) is None


def fit(text: str) -> str:
    """The text with a sign in the place of each character that cannot be kept, to be shown."""
    return _UNFIT.sub("\ufffd", text)


def unfit_in(data: Any) -> str | None:
    """Where in plain data (of JSON, YAML or a form) a text is that cannot be kept; None if there is none.

    The answer is the names that lead there, joined by points; it can be shown itself.
    """
    waiting: list[tuple[str, Any]] = [("", data)]
    seen: set[int] = set()  # an alias of YAML may stand in itself, or a thousand times
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, (dict, list, tuple)):
            if id(value) in seen:
                continue
            seen.add(id(value))
        if isinstance(value, str):
            if not is_fit(value):
                return place
        elif isinstance(value, dict):
            for name, inside in value.items():
                at = f"{place}.{fit(str(name))}" if place else fit(str(name))
                if not is_fit(str(name)):
                    return at
                waiting.append((at, inside))
        elif isinstance(value, (list, tuple)):
            waiting += ((f"{place}.{number}" if place else str(number), v) for number, v in enumerate(value))
    return None


def fit_all(data: Any) -> Any:
    """Plain data with every text made fit to be shown; for data that is not nested without end."""
    if isinstance(data, str):
        return fit(data)
    if isinstance(data, dict):
        return {fit_all(name): fit_all(inside) for name, inside in data.items()}
    return [fit_all(inside) for inside in data] if isinstance(data, list) else data
