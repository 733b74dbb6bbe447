"""Bank statements and control files as data: camt.053, MT940, JPK_FA, JPK_WB; their sums agree."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tests.papers.desk import Desk

_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True)
class Move:
    """Money in (positive) or out, with whom and for what."""

    day: date
    amount: Decimal
    who: str
    title: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """A month of an account; `closing` is what opening and moves make."""

    holder: str
    tax_number: str
    iban: str
    opening: Decimal
    moves: tuple[Move, ...]

    @property
    def closing(self) -> Decimal:
        return self.opening + sum((m.amount for m in self.moves), Decimal(0))


def ledger(seed: int, count: int = 6) -> Ledger:
    """The account of a seed."""
    desk, rng = Desk("invoice", "pl", seed), Random(seed)
    owner = desk.company()
    moves = tuple(
        Move(
            date(2026, 1, 2) + timedelta(days=n % 28),
            Decimal(rng.randint(-500_000, 500_000)) / 100 + Decimal("0.01"),
            desk.company().name.replace("&", "i"),
            f"Faktura FV/{n}/2026 zażółć",
        )
        for n in range(count)
    )
    return Ledger(
        owner.name.replace("&", "i"),
        owner.tax_id,
        owner.iban,
        Decimal(rng.randint(0, 9_999_999)) / 100,
        moves,
    )


def camt(of: Ledger, closing: Decimal | None = None) -> str:
    """A statement in camt.053; `closing` to state another closing balance."""

    def signed(value: Decimal) -> str:
        side = "DBIT" if value < 0 else "CRDT"
        return f'<Amt Ccy="PLN">{abs(value):.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd>'

    def balance(code: str, value: Decimal, day: str) -> str:
        kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        return f"<Bal>{kind}{signed(value)}<Dt><Dt>{day}</Dt></Dt></Bal>"

    entries = "".join(
        f"<Ntry>{signed(m.amount)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{m.day}</Dt></BookgDt><NtryDtls><TxDtls>"
        f"<RltdPties><Dbtr><Pty><Nm>{m.who}</Nm></Pty></Dbtr><Cdtr><Pty><Nm>{m.who}</Nm></Pty></Cdtr></RltdPties>"
        f"<RmtInf><Ustrd>{m.title}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for m in of.moves
    )
    end = of.closing if closing is None else closing
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{_CAMT}"><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId>'
        "<CreDtTm>2026-02-01T06:00:00</CreDtTm></GrpHdr><Stmt><Id>1/2026</Id>"
        "<FrToDt><FrDtTm>2026-01-01T00:00:00</FrDtTm><ToDtTm>2026-01-31T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{of.iban}</IBAN></Id><Ccy>PLN</Ccy><Ownr><Nm>{of.holder}</Nm></Ownr></Acct>"
        f"{balance('OPBD', of.opening, '2026-01-01')}{balance('CLBD', end, '2026-01-31')}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    )


def mt940(of: Ledger, closing: Decimal | None = None) -> str:
    """The same statement in MT940, as Polish banks write it."""

    def balance(tag: str, day: str, value: Decimal) -> str:
        return f":{tag}:{'D' if value < 0 else 'C'}{day}PLN{abs(value):.2f}\r\n".replace(".", ",")

    moves = "".join(
        f":61:{m.day:%y%m%d}{m.day:%m%d}{'D' if m.amount < 0 else 'C'}{abs(m.amount):.2f}NTRFNONREF\r\n".replace(
            ".", ","
        )
        + f":86:020~00Przelew~20{m.title}\r\n~32{m.who}\r\n"
        for m in of.moves
    )
    end = of.closing if closing is None else closing
    return (
        f":20:MT940\r\n:25:{of.iban}\r\n:28C:1\r\n{balance('60F', '260101', of.opening)}{moves}"
        f"{balance('62F', '260131', end)}-\r\n"
    )


def jpk_wb(of: Ledger, closing: Decimal | None = None, count: int | None = None) -> str:
    """The same statement as JPK_WB(1)."""
    rows, balance = "", of.opening
    for n, m in enumerate(of.moves, 1):
        balance += m.amount
        rows += (
            f'<WyciagWiersz typ="G"><NumerWiersza>{n}</NumerWiersza><DataOperacji>{m.day}</DataOperacji>'
            f"<NazwaPodmiotu>{m.who}</NazwaPodmiotu><OpisOperacji>{m.title}</OpisOperacji>"
            f"<KwotaOperacji>{m.amount:.2f}</KwotaOperacji><SaldoOperacji>{balance:.2f}</SaldoOperacji></WyciagWiersz>"
        )
    end = of.closing if closing is None else closing
    body = (
        f"<NumerRachunku>{of.iban}</NumerRachunku><Salda><SaldoPoczatkowe>{of.opening:.2f}</SaldoPoczatkowe>"
        f"<SaldoKoncowe>{end:.2f}</SaldoKoncowe></Salda>{rows}<WyciagCtrl>"
        f"<LiczbaWierszy>{len(of.moves) if count is None else count}</LiczbaWierszy></WyciagCtrl>"
    )
    return _jpk(of, "JPK_WB", "JPK_WB (1)", body)


def jpk_fa(of: Ledger, stated: Decimal | None = None) -> str:
    """JPK_FA(4) of an invoice for each move; `stated` to state another sum."""
    rows = "".join(
        f"<tns:Faktura><tns:KodWaluty>PLN</tns:KodWaluty><tns:P_1>{m.day}</tns:P_1><tns:P_2A>FV/{n}</tns:P_2A>"
        f"<tns:P_3A>{m.who}</tns:P_3A><tns:P_15>{m.amount:.2f}</tns:P_15></tns:Faktura>"
        for n, m in enumerate(of.moves, 1)
    )
    end = sum((m.amount for m in of.moves), Decimal(0)) if stated is None else stated
    control = f"<tns:LiczbaFaktur>{len(of.moves)}</tns:LiczbaFaktur><tns:WartoscFaktur>{end:.2f}</tns:WartoscFaktur>"
    return _jpk(of, "JPK_FA", "JPK_FA (4)", f"{rows}<tns:FakturaCtrl>{control}</tns:FakturaCtrl>", "tns:")


def _jpk(of: Ledger, form: str, system: str, body: str, prefix: str = "") -> str:
    mark = f":{prefix[:-1]}" if prefix else ""
    head = (
        f'<KodFormularza kodSystemowy="{system}" wersjaSchemy="1-0">{form}</KodFormularza>'
        "<CelZlozenia>1</CelZlozenia><DataWytworzeniaJPK>2026-02-01T10:00:00</DataWytworzeniaJPK>"
        "<DataOd>2026-01-01</DataOd><DataDo>2026-01-31</DataDo><KodUrzedu>0202</KodUrzedu>"
    )
    who = f"<IdentyfikatorPodmiotu><NIP>{of.tax_number}</NIP><PelnaNazwa>{of.holder}</PelnaNazwa></IdentyfikatorPodmiotu>"
    inner = f"<Naglowek>{head}</Naglowek><Podmiot1>{who}</Podmiot1>"
    if prefix:
        inner = inner.replace("</", "\0").replace("<", f"<{prefix}").replace("\0", f"</{prefix}")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{prefix}JPK xmlns{mark}="http://jpk.mf.gov.pl/wzor/2022/02/17/02171/">'
        f"{inner}{body}</{prefix}JPK>"
    )
