"""An archive of papers with secrets, strangers who ask, and a look at whether anything leaked.

What a person may see is decided here by the rule as it is written in docs/security.md, from rows of the
database, and not by the code that is looked at.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from akta.access import sessions
from akta.access.models import Grant, User
from akta.bootstrap import App
from akta.kernel.ids import new_id
from akta.records.models import Field, IndexPending, PageText, Party, Record, RecordParty
from akta.records.pages import pack
from api.app import create_api
from indexer.service import note_pending
from tests.factories import add_record, add_user

DOMAINS = ("hr", "accounting", "order", "lab", "it", None)
TYPES = {
    "hr": "employment_contract", "accounting": "invoice", "order": "purchase_order", "lab": "lab_report",
    "it": "system_log", None: None,
}  # fmt: skip
_ROWS = """
faktura faktury umowa umowy wynik badania zamówienie paliwo serwis drukarka morfologia glukoza kwota
wynagrodzenie dostawa przelew kontrakt invoice payment contract order delivery sample toner router
"""
WORDS = _ROWS.split()
PARTIES = (
    "Orlen S.A.",
    "Stal-Pol Sp. z o.o.",
    "Lotos Serwis",
    "Medica Lab",
    "Jan Kowalski",
    "Biuro Rachunek",
)
_FACETS = "domain,type,state,language,currency,channel,hold,year"
_OWNER_STATES = ("received", "reading", "review", "quarantined", "rejected")
_STATES = ("filed", "filed", "filed", "review", "quarantined", "rejected", "destroyed")


@dataclass
class Stranger:
    id: str
    token: str


@dataclass
class House:
    """Papers and people; `check` asks something as somebody and looks at all that comes back."""

    app: App
    chance: Random
    people: list[Stranger] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._client = TestClient(create_api(self.app))

    def settle(self, papers: int, people: int) -> None:
        """Fill the archive and its index."""
        with self.app.database.write() as session:
            now = self.app.clock.now()
            for name in PARTIES:
                made = new_id()
                session.add(Party(id=made, key=f"name:{name}", name="", created_at=now, root_id=made))
            for number in range(people):
                user = add_user(
                    session, f"stranger{number}", self.chance.choice(("staff", "clerk", "auditor"))
                )
                session.add_all(self._grants(user.id))
                _, token = sessions.create_token(
                    session, self.app.audit, "system:test", user, name="t", scopes=("read",), now=now
                )
                self.people.append(Stranger(user.id, token))
            for _ in range(papers):
                self._paper(session)
        self.app.index.catch_up()

    def move(self) -> None:
        """Change who may see what: somebody's grants, and some papers' domain, level or state."""
        with self.app.database.write() as session:
            user = session.get_one(User, self.chance.choice(self.people).id)
            session.execute(delete(Grant).where(Grant.user_id == user.id))
            session.add_all(self._grants(user.id))
            for record_id in self.chance.sample(sorted(self.secrets), 3):
                record = session.get_one(Record, record_id)
                record.domain = self.chance.choice(DOMAINS)
                record.doc_type = TYPES[record.domain]
                record.confidentiality = self.chance.randint(1, 3)
                record.state = self.chance.choice(_STATES)
                record.row_version += 1
                note_pending(session, record.id, record.row_version, self.app.clock.now())
        # Now and then the index is behind: then the database has to keep what the index would give away.
        if self.chance.random() < 0.7:
            self.app.index.catch_up()

    def check(self) -> None:
        """Ask one query as one stranger. Raises AssertionError with what leaked."""
        who = self.chance.choice(self.people)
        query = self._query()
        seen = self._visible(who)
        behind = self._behind()
        told = self._ask(who, "/v1/search", q=query, facets=_FACETS, limit=100, sort=self._sort())
        if told is None:
            self.asked["errors"] += 1
            return
        hits = {item["id"]: item for item in told["items"]}
        self.asked["queries"] += 1
        self.asked["hits"] += len(hits)
        assert set(hits) <= set(seen), (query, set(hits) - set(seen))
        for record_id, item in hits.items():
            for snippet in item["snippets"]:
                self.asked["snippets"] += 1
                assert _bare(snippet["text"]) in _bare(seen[record_id]), (query, snippet)
        if behind:
            self.asked["behind"] += 1
            return
        assert told["total"] == len(hits), (query, told["total"], len(hits))
        for name, counts in told["facets"].items():
            assert sum(counts.values()) >= 0
            assert all(0 < n <= len(hits) for n in counts.values()), (query, name, counts)
        self._counted(told, hits)

    def look_around(self) -> None:
        """Ask for completions, for what may have been meant, and for papers like one."""
        who = self.chance.choice(self.people)
        seen = self._visible(who)
        told_words = _bare(" ".join(seen.values())).lower()
        secret_of = self.chance.choice(sorted(self.secrets))
        secret = self.secrets[secret_of]
        for start in (
            secret[: self.chance.randint(6, 16)],
            self.chance.choice(WORDS)[:3],
            f"number:{secret[:8]}",
        ):
            told = self._ask(who, "/v1/search/suggest", q=start)
            for item in told["items"] if told else ():
                self.asked["suggestions"] += 1
                offered = str(item).lower()
                assert "tajne" not in offered or any(
                    self.secrets[i] in offered for i in seen if i in self.secrets
                ), (start, item)
        told = self._ask(who, "/v1/search", q=f"{secret[:-1]}x")
        meant = str((told and told["did_you_mean"]) or "").lower()
        assert "tajne" not in meant or any(w in told_words for w in meant.split() if "tajne" in w), meant
        answer = self._client.get(
            f"/v1/records/{secret_of}/similar", headers={"authorization": f"Bearer {who.token}"}
        )
        if secret_of not in seen:
            assert answer.status_code == 404, answer.text
            return
        assert answer.status_code == 200, answer.text
        for group in answer.json().values():
            for item in group:
                self.asked["similar"] += 1
                assert item["id"] in seen, (secret_of, item)

    def _counted(self, told: dict[str, Any], hits: dict[str, Any]) -> None:
        with self.app.database.read() as session:
            records = session.scalars(select(Record).where(Record.id.in_(hits))).all()
        for name in ("domain", "state", "channel"):
            real = Counter(v for r in records if (v := getattr(r, name)) is not None)
            self.asked["facets"] += 1
            assert told["facets"][name] == dict(real), (name, told["facets"][name], real)

    # -- parts -------------------------------------------------------------

    def _ask(self, who: Stranger, address: str, **params: Any) -> dict[str, Any] | None:
        answer = self._client.get(address, params=params, headers={"authorization": f"Bearer {who.token}"})
        if answer.status_code in (400, 422):
            return None
        assert answer.status_code == 200, (address, params, answer.text)
        told: dict[str, Any] = answer.json()
        return told

    def _visible(self, who: Stranger) -> dict[str, str]:
        """The texts of the papers this person may see, by the rule as it is written."""
        with self.app.database.read() as session:
            levels = {
                g.domain: g.level for g in session.scalars(select(Grant).where(Grant.user_id == who.id))
            }
            seen = [
                record.id
                for record in session.scalars(select(Record))
                if record.state != "destroyed"
                and (
                    record.confidentiality <= levels.get(record.domain or "unfiled", 0)
                    or (record.owner_id == who.id and record.state in _OWNER_STATES)
                )
            ]
            rows = session.execute(
                select(PageText.record_id, PageText.text).where(PageText.record_id.in_(seen))
            )
            return {row.record_id: row.text for row in rows}

    def _behind(self) -> bool:
        with self.app.database.read() as session:
            return session.scalars(select(IndexPending.record_id).limit(1)).first() is not None

    def _query(self) -> str:
        chance = self.chance
        word, other = chance.choice(WORDS), chance.choice(WORDS)
        secret = chance.choice(sorted(self.secrets.values()))
        party = chance.choice(PARTIES)
        low, year = chance.randrange(500), chance.randrange(2022, 2027)
        asked = [word, f"{word} {other}", f"{word} OR {other}", f"-{word}", f"{word[:3]}*", f"{word}~", "*"]
        asked += [f"{word} -{other}", f"NOT ({word} OR {other})", f"vendor:{party.split()[0]}", f'"{party}"']
        asked += [secret, f"{secret[:7]}*", f"{secret[:-1]}x", f"number:{secret}", f"title:{secret}"]
        asked += [
            chance.choice(sorted(self.secrets)),
            "total:>0",
            f"total:{low}..{low + 700}",
            f"date:{year}",
        ]
        asked += ["state:review", "state:quarantined", "hold:yes", "type:umowa", "domain:hr"]
        return chance.choice(asked)

    def _sort(self) -> str:
        return self.chance.choice(("relevance", "newest", "oldest", "date", "total"))

    def _grants(self, user_id: str) -> list[Grant]:
        domains: Sequence[str] = ("hr", "accounting", "order", "lab", "it", "other", "unfiled")
        chosen = [d for d in domains if self.chance.random() < 0.35]
        return [Grant(user_id=user_id, domain=d, level=self.chance.randint(1, 3)) for d in chosen]

    def _paper(self, session: Session) -> None:
        chance = self.chance
        domain = chance.choice(DOMAINS)
        secret = f"tajne{new_id()[-12:]}"
        party = chance.choice(PARTIES)
        words = [*chance.choices(WORDS, k=chance.randrange(4, 14)), secret, *party.split()]
        chance.shuffle(words)
        record = add_record(
            session,
            domain=domain,
            doc_type=TYPES[domain],
            confidentiality=chance.randint(1, 3),
            state=chance.choice(_STATES),
            owner_id=chance.choice([*(p.id for p in self.people), None]),
            title=f"{words[0]} {secret}",
            held=chance.random() < 0.1,
            channel=chance.choice(("web", "api", "cli")),
            document_date=date(2022, 1, 1) + timedelta(days=chance.randrange(1700)),
        )
        self.secrets[record.id] = secret
        box = (0.1, 0.1, 0.2, 0.2)
        session.add(
            PageText(
                record_id=record.id, number=1, width=595, height=842, outcome="text", reader="test",
                reader_version="1", text=" ".join(words), words=pack([(w, box, 0.9, 0) for w in words]),
            )
        )  # fmt: skip
        amount = f"{chance.randrange(1, 2000)}.{chance.randrange(100):02}"
        for name, value in (("document_number", secret), ("total", amount), ("currency", "PLN")):
            session.add(
                Field(id=new_id(), record_id=record.id, name=name, value=value, confidence=0.9, reader="test")
            )
        party_id = session.scalars(select(Party.id).where(Party.key == f"name:{party}")).one()
        session.add(RecordParty(record_id=record.id, role="vendor", party_id=party_id, name=party))
        note_pending(session, record.id, record.row_version, self.app.clock.now())


def _bare(text: str) -> str:
    return "".join(text.split()).replace("…", "")
