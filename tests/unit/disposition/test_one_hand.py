"""Two accounts of which one person set up the other are not two people, until each is its owner's own."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from akta.access import accounts
from akta.audit.models import AuditEntry
from akta.kernel.errors import ForbiddenError
from retention.disposition.certificate_pdf import _facts
from tests.unit.disposition.conftest import ALL, Office

PASSWORD = "a long enough password"
DAY = timedelta(hours=24)


def _made(office: Office, login: str, by: str, *roles: str) -> str:
    """An account that somebody makes on the pages, with a password that they see."""
    with office.app.database.write() as session:
        user = accounts.create_user(
            session,
            office.app.audit,
            office.who(by).actor if by in office.ids else by,
            login=login,
            name=login.title(),
            password=PASSWORD,
            roles=roles or ("officer",),
            grants=ALL,
            language="en",
            now=office.clock.now(),
            must_change_password=True,
        )
        office.ids[login] = user.id
        return user.id


def _password(office: Office, login: str, by: str) -> None:
    with office.app.database.write() as session:
        actor = office.who(by).actor if by in office.ids else by
        accounts.set_password(
            session, office.app.audit, actor, login, f"{PASSWORD} of {by}", now=office.clock.now()
        )


def _run(office: Office, by: str = "ola") -> str:
    run = office.propose(office.paper(), by=by)
    office.decide(run, by=by)
    return run


def _refused(office: Office, run: str, by: str) -> str:
    with pytest.raises(ForbiddenError) as refusal:
        office.release(run, by=by)
    return refusal.value.message


def _later(office: Office, more: timedelta) -> None:
    office.clock.move(seconds=more.total_seconds())


def test_who_made_the_second_account_does_not_release_with_it(office: Office) -> None:
    """A password of one's own alone does not do, nor a day alone."""
    _made(office, "puppet", "ola")
    run = _run(office)
    assert _refused(office, run, "puppet").startswith("Ola made or reset the account of Puppet")
    _password(office, "puppet", "puppet")
    _refused(office, run, "puppet")
    _later(office, DAY - timedelta(seconds=1))
    _refused(office, run, "puppet")
    _later(office, timedelta(seconds=1))
    office.release(run, by="puppet")


def test_a_day_without_a_password_of_ones_own_is_not_enough(office: Office) -> None:
    _made(office, "puppet", "ola")
    run = _run(office)
    _later(office, 30 * DAY)
    _refused(office, run, "puppet")


def test_the_other_way_round(office: Office) -> None:
    """Proposed with the account that was made, released by who made it."""
    _made(office, "puppet", "piotr")
    _refused(office, _run(office, by="puppet"), "piotr")


@pytest.mark.parametrize("reset", ["password", "factor"])
def test_a_reset_counts_from_its_day(office: Office, reset: str) -> None:
    office.release(_run(office), by="piotr")
    with office.app.database.write() as session:
        if reset == "factor":
            office.app.audit.note(
                session,
                office.clock.now(),
                office.who("ola").actor,
                "user.second_factor_taken_away",
                f"user:{office.ids['piotr']}",
            )
    if reset == "password":
        _password(office, "piotr", "ola")
    run = _run(office)
    _refused(office, run, "piotr")
    _later(office, DAY)
    _refused(office, run, "piotr")
    _password(office, "piotr", "piotr")
    office.release(run, by="piotr")


def test_a_link_to_a_provider_counts_for_a_day(office: Office) -> None:
    """Whoever links an account may link it to themselves."""
    with office.app.database.write() as session:
        who, subject = office.who("ola").actor, f"user:{office.ids['piotr']}"
        office.app.audit.note(session, office.clock.now(), who, "user.linked", subject)
    run = _run(office)
    _refused(office, run, "piotr")
    _later(office, DAY)
    office.release(run, by="piotr")


def test_accounts_made_by_accounts_lead_back(office: Office) -> None:
    """One made by one that was made, and two that a third made, are in the same hand."""
    _made(office, "middle", "ola", "administrator")
    _password(office, "middle", "middle")
    _later(office, 2 * DAY)
    _made(office, "puppet", "middle")
    run = _run(office)
    _refused(office, run, "puppet")
    _made(office, "twin", "middle")
    _refused(office, _run(office, by="twin"), "puppet")


def test_who_reviewed_is_asked_about_too(office: Office) -> None:
    office.add("ewa")
    _made(office, "puppet", "ewa")
    run = office.propose(office.paper())
    office.decide(run, by="ewa")
    _refused(office, run, "puppet")


def test_strangers_to_each_other_and_the_command_line_are_no_hand(office: Office) -> None:
    _made(office, "anna", "operator:root")
    _password(office, "ola", "operator:root")
    office.release(_run(office), by="anna")
    _made(office, "other", "piotr")  # made by somebody else than who proposes
    office.release(_run(office), by="other")


def test_the_log_and_the_certificate_say_whose_account_was_made_by_whom(office: Office) -> None:
    _made(office, "puppet", "ola")
    _password(office, "puppet", "puppet")
    _later(office, 2 * DAY)
    run = _run(office)
    office.release(run, by="puppet")
    with office.app.database.read() as session:
        entry = select(AuditEntry.body).where(AuditEntry.action == "disposition.released")
        told = json.loads(session.scalars(entry).one())["details"]["accounts"]
    assert told == [{"account": office.ids["puppet"], "set_by": office.ids["ola"]}]
    office.execute(run)
    envelope: dict[str, Any] = json.loads(office.certificate(run))
    (tie,) = envelope["certificate"]["accounts"]
    assert (tie["account"]["login"], tie["set_by"]["login"]) == ("puppet", "ola")
    facts = {english: value for (_, english), value in _facts(envelope, "")}
    assert facts["Account made or reset"] == "Puppet (puppet) ← Ola (ola)"
    del envelope["certificate"]["accounts"]  # a certificate of before
    assert "Account made or reset" not in {english for (_, english), _ in _facts(envelope, "")}
