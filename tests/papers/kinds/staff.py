"""What papers of personnel share: words, people of age, and the lines that name them."""

from datetime import date
from typing import Final

from tests.papers.desk import Desk
from tests.papers.people import Person
from tests.papers.pools import pools

POOL: Final = "personnel"


def grown(desk: Desk, when: date) -> Person:
    """Somebody of age on that day."""
    while True:
        person = desk.person()
        if person.born.year + 18 < when.year:
            return person


def word(desk: Desk, pool: str) -> str:
    return desk.pick(pools(POOL, desk.language)[pool])


def employee(desk: Desk, person: Person) -> tuple[str, str]:
    label = desk.say("Imię i nazwisko|Pracownik|Nazwisko i imię", "Employee|Employee name|Name")
    return label, desk.put("employee", person.name)


def pesel(desk: Desk, person: Person) -> list[tuple[str, str]]:
    return [("PESEL", desk.put("pesel", person.national_id))] if desk.pl else []


def position(desk: Desk) -> tuple[str, str]:
    return desk.say("Stanowisko|Stanowisko pracy", "Position|Job title"), desk.put(
        "position", desk.position()
    )
