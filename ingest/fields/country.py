"""What a paper says of its country, as far as the order of day and month depends on it."""

import re
from typing import Final

_STATES: Final = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC "
    "ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
)
# A dollar sign alone does not say United States; a state with its postal code does.
_AMERICAN: Final = re.compile(
    rf"\b(?:{'|'.join(_STATES.split())}),?\s+\d{{5}}(?:-\d{{4}})?\b|\bIRS\b|\bInternal Revenue Service\b"
    r"|\b[Ss]ales [Tt]ax\b|\b[Uu]nited [Ss]tates\b|\bUSA\b"
)
_MAYBE_AMERICAN: Final = re.compile(r"\bUSD\b|\$")
# Countries that write the day first and no other way (Unicode CLDR, short date formats): Malaysia,
# Poland, the euro area, Britain, Australia, India. GST alone would leave Canada, which does either.
_DAY_FIRST: Final = re.compile(
    r"\bsdn\.?\s?bhd|\bRM\b|\bMYR\b|\bjalan\b|\bjln\b|\bPLN\b|\bzł\b|\bNIP\b|€|\bEUR\b|£|\bGBP\b"
    r"|\bABN\b|\bGSTIN\b|\bMwSt\b|\bUSt\b",
    re.I,
)
_NOT_AMERICAN: Final = re.compile(r"\bGST\b|\bA\$|\bAUD\b|\bC\$|\bCAD\b", re.I)


def date_order(text: str) -> tuple[bool, bool]:
    """Whether a paper likely writes the month first, and whether its country leaves no doubt of the order."""
    american, european = bool(_AMERICAN.search(text)), bool(_DAY_FIRST.search(text))
    other = european or bool(_NOT_AMERICAN.search(text))
    if american and not other:
        return True, True
    if european and not american:
        return False, True
    return american and not european and bool(_MAYBE_AMERICAN.search(text)), False
