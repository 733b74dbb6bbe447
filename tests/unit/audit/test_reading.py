"""Reading the log: what is asked for, by whom, and how much of it they are told."""

import ast
import re
from datetime import timedelta

import pytest

from akta.access.models import ApiToken
from akta.access.principal import Principal
from akta.audit.log import AuditLog
from akta.bootstrap import ROOT
from akta.db.engine import Database
from akta.kernel.errors import ForbiddenError, InvalidError, NotFoundError
from akta.kernel.ids import new_id
from akta.records.auditing import TrailQuery, names_of, read_trail, require_all
from api.web.i18n import messages
from tests.conftest import NOON, principal
from tests.factories import add_record, add_user

AUDITOR = principal("auditor")
#: What is said of a file of an export, which is no matter of the page.
_OF_EXPORTS = (
    *(
        "The anchor of entry",
        "The time stamp of entry",
        "Entries to ",
        "The header speaks",
        "The entries end",
    ),
    *("The last entry (", "The hash of entry", "Entry {} differs from what was anchored."),
    "{} time stamps were not checked",
)


def _ask(
    database: Database,
    who: Principal = AUDITOR,
    *,
    before: int | None = None,
    limit: int = 50,
    **asked: object,
) -> list[int]:
    with database.read() as session:
        query = TrailQuery(**asked)  # type: ignore[arg-type]
        return [entry.seq for entry in read_trail(session, who, query, before=before, limit=limit)]


def test_by_subject_person_action_and_time(database: Database, audit: AuditLog) -> None:
    with database.write() as session:
        anna, record = add_user(session, "anna", "auditor"), add_record(session)
        token = ApiToken(
            id=new_id(), user_id=anna.id, name="scanner", secret_hash="x", scopes=["read"], created_at=NOON
        )
        session.add(token)
        told = [
            (f"user:{anna.id}", "record.filed", f"record:{record.id}"),
            (f"token:{token.id}", "record.read", f"record:{record.id}"),
            ("system:worker", "hold.placed", "hold:h1"),
            ("user:other", "hold.released", "hold:h1"),
            ("user:other", "holder.x", "record:r2"),
        ]
        for number, (actor, action, subject) in enumerate(told):
            audit.note(session, NOON + timedelta(hours=number), actor, action, subject)
    assert _ask(database) == [5, 4, 3, 2, 1]
    assert _ask(database, subject=record.id.upper()) == [2, 1]
    assert _ask(database, subject="hold:h1") == [4, 3]
    assert _ask(database, person="anna") == [2, 1]  # herself, and her token
    assert _ask(database, person="system:worker") == [3]
    assert _ask(database, action="record.read") == [2]
    assert _ask(database, action="hold.*") == [4, 3]
    assert _ask(database, since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=3)) == [3, 2]
    assert _ask(database, action="hold.*", person="user:other") == [4]
    pages = [_ask(database, limit=2), _ask(database, limit=2, before=4), _ask(database, limit=2, before=2)]
    assert pages == [[5, 4], [3, 2], [1]]
    with database.read() as session:
        names = names_of(session, read_trail(session, AUDITOR, TrailQuery()))
    assert names == {f"user:{anna.id}": "anna", f"token:{token.id}": "anna (scanner)"}


def test_what_makes_no_sense_is_said(database: Database) -> None:
    with pytest.raises(NotFoundError):
        _ask(database, person="nobody")
    with pytest.raises(InvalidError):
        _ask(database, subject="invoice")
    with pytest.raises(InvalidError):
        _ask(database, since=NOON, until=NOON)


@pytest.mark.parametrize(
    "role", ["staff", "clerk", "schedule_author", "hold_officer", "disposer", "administrator"]
)
def test_only_auditors_and_officers_read_it(database: Database, role: str) -> None:
    with pytest.raises(ForbiddenError):
        _ask(database, principal(role))


def test_details_about_what_one_may_not_see_are_withheld(database: Database, audit: AuditLog) -> None:
    """req 37: the fact that something was done is told; what hangs on a paper one may not see is not."""
    with database.write() as session:
        mine, other = add_record(session), add_record(session, domain="hr", confidentiality=3)
        for record in (mine, other):
            audit.note(session, NOON, "user:x", "record.filed", f"record:{record.id}", doc_type="secret")
        audit.note(session, NOON, "user:x", "hold.placed", "hold:1", reason="R")
    narrow = principal("auditor", levels={"accounting": 1})
    with database.read() as session:
        told = read_trail(session, narrow, TrailQuery())
    assert [entry.details for entry in told] == [{"reason": "R"}, None, {"doc_type": "secret"}]
    assert told[1].action == "record.filed"
    require_all(AUDITOR)
    with pytest.raises(ForbiddenError, match="every domain"):
        require_all(narrow)


def test_what_the_verifier_finds_is_said_in_polish() -> None:
    """Every sentence of a finding is in the catalogue, with a place for each of its facts."""
    known = {re.sub(r"\{\w*\}", "{}", english) for english in messages("pl")}
    missing, seen = [], 0
    for name in ("verifier.py", "verifying.py"):
        for node in ast.walk(ast.parse((ROOT / "akta" / "audit" / name).read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("problem", "note")):
                continue
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.JoinedStr):
                    seen += 1
                    values = part.values
                    said = "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in values)
                    if said.startswith("What was done on"):
                        assert sum(text.startswith("What was done on") for text in known) == 3
                    elif said not in known and not said.startswith(_OF_EXPORTS):
                        missing.append(said)
    assert missing == []
    assert seen > 20
