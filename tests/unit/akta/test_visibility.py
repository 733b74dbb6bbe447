"""What one may not see is not there: the token rule and the SQL rule are the same rule."""

import random

import pytest
from sqlalchemy import select

from akta.access.roles import GRANTABLE, UNFILED
from akta.db.engine import Database
from akta.kernel.errors import NotFoundError
from akta.records.models import STATES, Record
from akta.records.visibility import get_visible, scopes_of, visible_to
from tests.conftest import principal
from tests.factories import add_record, add_user


def test_tokens_and_sql_agree(database: Database) -> None:
    """Three hundred records, two hundred random principals."""
    chance = random.Random(3)
    with database.write() as session:
        owners = [add_user(session, f"user{n}").id for n in range(4)]
        for _ in range(300):
            domain = chance.choice([*GRANTABLE[:-1], None])
            add_record(
                session,
                domain=domain,
                confidentiality=chance.randint(1, 3),
                state=chance.choice(STATES),
                owner_id=chance.choice([*owners, None]),
                restricted=chance.random() < 0.2,
            )
    seen_some = 0
    with database.read() as session:
        everything = session.scalars(select(Record)).all()
        for _ in range(200):
            levels = {d: chance.randint(1, 3) for d in GRANTABLE if chance.random() < 0.3}
            who = principal(
                chance.choice(["staff", "clerk", "officer", "auditor", "administrator"]),
                levels=levels,
                user_id=chance.choice([*owners, None]),
            )
            by_sql = set(session.scalars(select(Record.id).where(visible_to(who))))
            tokens = who.tokens()
            by_tokens = {r.id for r in everything if tokens & set(scopes_of(r))}
            assert by_sql == by_tokens
            seen_some += bool(by_sql)
    assert seen_some > 50


def test_administrator_sees_no_content(database: Database) -> None:
    with database.write() as session:
        record_id = add_record(session).id
    admin = principal("administrator")
    assert admin.tokens() == frozenset()
    with database.read() as session, pytest.raises(NotFoundError):
        get_visible(session, admin, record_id)


def test_who_brought_it_in_sees_it_until_it_is_filed(database: Database) -> None:
    with database.write() as session:
        owner = add_user(session, "staff", "staff").id
        record = add_record(session, owner_id=owner, state="review", domain="hr", confidentiality=3)
        record_id = record.id
    staff = principal("staff", levels={}, user_id=owner)
    with database.read() as session:
        assert get_visible(session, staff, record_id)
    with database.write() as session:
        session.get_one(Record, record_id).state = "filed"
    with database.read() as session, pytest.raises(NotFoundError):
        get_visible(session, staff, record_id)


def test_unfiled_papers_need_their_own_grant(database: Database) -> None:
    with database.write() as session:
        record_id = add_record(session, domain=None, state="quarantined").id
    with database.read() as session:
        with pytest.raises(NotFoundError):
            get_visible(session, principal("clerk", levels={"accounting": 3}), record_id)
        assert get_visible(session, principal("clerk", levels={UNFILED: 1}), record_id)


def test_destroyed_record_is_not_there(database: Database) -> None:
    with database.write() as session:
        record_id = add_record(session, state="destroyed").id
    with database.read() as session, pytest.raises(NotFoundError):
        get_visible(session, principal("officer"), record_id)
