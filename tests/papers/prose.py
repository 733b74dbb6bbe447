"""Papers made of sentences: pools of alternatives in `texts/`, filled in with facts.

A file is named `<pool>.<language>.txt`. `== name` begins a pool, each line is an alternative.
In a line, `<a|b>` is a choice, `{fact}` a fact, `[he|she]` goes with the sex of the paper's person.
"""

import re

from tests.papers.desk import Desk
from tests.papers.pools import pools

_CHOICE = re.compile(r"<([^<>]*)>")
_SEX = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")
_FACT = re.compile(r"\{(\w+)\}")


class Facts:
    """Facts for sentences: value by name, and for some the truth they carry once they are used."""

    def __init__(self, desk: Desk, woman: bool = False) -> None:
        self.desk = desk
        self.woman = woman
        self._values: dict[str, str] = {}
        self._truth: dict[str, dict[str, str]] = {}

    def set(self, name: str, value: str, **truth: str) -> None:
        """A fact, and what becomes true of the paper when it is printed."""
        self._values[name] = value
        self._truth[name] = truth

    def fill(self, line: str) -> str:
        """The line with choices made and facts filled in. Raises KeyError for a fact not set."""
        desk = self.desk
        line = _SEX.sub(lambda m: m[2] if self.woman else m[1], line)
        while "<" in line:
            line = _CHOICE.sub(lambda m: desk.pick(m[1].split("|")), line)
        return _FACT.sub(self._fact, line)

    def _fact(self, match: re.Match[str]) -> str:
        name = match[1]
        desk = self.desk
        if name not in self._values:
            return self._made_up(name)
        desk.truth.update(self._truth[name])
        return self._values[name]

    def _made_up(self, name: str) -> str:
        """Facts nobody needs to know, drawn anew each time: a number, a sum, a day, a person."""
        desk = self.desk
        match name:
            case "n":
                return str(desk.rng.randint(2, 30))
            case "hundred":
                return str(desk.rng.randint(2, 40) * 50)
            case "pct":
                return f"{desk.rng.randint(1, 19) * 5}%"
            case "sum":
                return desk.amount(desk.price(500, 90000), symbol=True)
            case "someday":
                return desk.written(desk.later(5, 300))
            case "pastday":
                return desk.written(desk.later(-900, -5))
            case "hour":
                return f"{desk.rng.randint(7, 17)}:{desk.pick(('00', '15', '30', '45'))}"
            case "someone":
                return desk.person().name
            case "somecompany":
                return desk.company().name
            case "city":
                return desk.address().city
            case "in_city":
                return desk.address().place
            case "dept":
                return desk.department()
            case "job":
                return desk.position()
            case "code":
                return desk.code("@@-####")
        raise KeyError(name)

    def one(self, pool: str, name: str) -> str:
        """One alternative of a pool, filled in."""
        return self.fill(self.desk.pick(pools(pool, self.desk.language)[name]))

    def many(self, pool: str, name: str, low: int, high: int) -> list[str]:
        """Some alternatives of a pool, filled in, in the file's order."""
        return [self.fill(line) for line in self.desk.some(pools(pool, self.desk.language)[name], low, high)]
