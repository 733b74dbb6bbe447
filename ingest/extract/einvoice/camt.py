"""Bank statements in ISO 20022: camt.052 (report), camt.053 (statement), camt.054 (notification)."""

from typing import Any, Final

from ingest.extract.einvoice.paper import (
    MOST_ROWS,
    Paper,
    amount,
    every,
    filled,
    iso,
    local,
    namespace,
    one,
    text,
)
from ingest.model import Structured

_PARTS: Final = ("BkToCstmrStmt/Stmt", "BkToCstmrAcctRpt/Rpt", "BkToCstmrDbtCdtNtfctn/Ntfctn")
_OPENING: Final = ("OPBD", "PRCD", "OPAV")
_CLOSING: Final = ("CLBD", "CLAV")
_COLUMNS_PL: Final = ["Data", "Kwota", "Waluta", "Kontrahent", "Rachunek", "Tytuł"]
_COLUMNS_EN: Final = ["Date", "Amount", "Currency", "Party", "Account", "Description"]


def read(root: Any) -> Paper | None:
    """The statements under `root`, or None if it is no camt message."""
    if local(root) != "Document" or ":camt.05" not in namespace(root):
        return None
    statements = [s for path in _PARTS for s in every(root, path)]
    if not statements:
        return None
    first, last = statements[0], statements[-1]
    account = one(first, "Acct")
    entries = [e for s in statements for e in every(s, "Ntry")]
    opening, closing = _balance(first, _OPENING), _balance(last, _CLOSING)
    fields = {
        "syntax": ".".join(namespace(root).rpartition(":")[2].split(".")[:2]),
        "root": "Document",
        "account": text(account, "Id/IBAN", "Id/Othr/Id"),
        "holder": text(account, "Ownr/Nm"),
        "bank_code": text(account, "Svcr/FinInstnId/BICFI", "Svcr/FinInstnId/BIC"),
        "statement_number": text(first, "ElctrncSeqNb", "LglSeqNb", "Id"),
        "currency": text(account, "Ccy") or _currency(first),
        "date": _day(one(last, "CreDtTm")) or _day(one(root, "*/GrpHdr/CreDtTm")),
        "period_start": iso(text(first, "FrToDt/FrDtTm", "FrToDt/FrDt"))[:10],
        "period_end": iso(text(last, "FrToDt/ToDtTm", "FrToDt/ToDt"))[:10],
        "opening_balance": opening[0],
        "closing_balance": closing[0],
        "transactions": str(len(entries)),
    }
    fields["date"] = closing[1] or fields["date"]
    polish = fields["account"].startswith("PL") or fields["currency"] == "PLN"
    return Paper(
        structured=Structured(fields["syntax"], "Document", filled(fields), "accounting", "bank_statement"),
        language="pl" if polish else None,
        title="Wyciąg bankowy" if polish else "Bank statement",
        head=[
            ("Rachunek" if polish else "Account", fields["account"]),
            ("Posiadacz" if polish else "Holder", fields["holder"]),
            ("Bank", fields["bank_code"]),
            ("Numer" if polish else "Number", fields["statement_number"]),
            ("Data" if polish else "Date", fields["date"]),
            ("Waluta" if polish else "Currency", fields["currency"]),
            ("Saldo początkowe" if polish else "Opening balance", fields["opening_balance"]),
            ("Saldo końcowe" if polish else "Closing balance", fields["closing_balance"]),
        ],
        columns=_COLUMNS_PL if polish else _COLUMNS_EN,
        rows=[_row(entry) for entry in entries[:MOST_ROWS]],
        left_out=max(0, len(entries) - MOST_ROWS),
    )


def _currency(statement: Any) -> str:
    value = one(statement, "Bal/Amt", "Ntry/Amt")
    return value.get("Ccy", "") if value is not None else ""


def _signed(holder: Any) -> str:
    value = amount(text(holder, "Amt"))
    negative = text(holder, "CdtDbtInd") == "DBIT"
    return f"-{value}" if value and negative and not value.startswith("-") else value


def _balance(statement: Any, codes: tuple[str, ...]) -> tuple[str, str]:
    """Signed amount and day of the first balance of one of the kinds, in their order."""
    for code in codes:
        for balance in every(statement, "Bal"):
            if text(balance, "Tp/CdOrPrtry/Cd") == code:
                return _signed(balance), iso(text(balance, "Dt/Dt", "Dt/DtTm"))[:10]
    return "", ""


def _day(element: Any) -> str:
    return iso(element.text or "")[:10] if element is not None else ""


def _row(entry: Any) -> list[str]:
    details = one(entry, "NtryDtls/TxDtls")
    parties = one(details, "RltdPties")
    debit = text(entry, "CdtDbtInd") == "DBIT"
    who, acct = ("Cdtr", "CdtrAcct") if debit else ("Dbtr", "DbtrAcct")
    value = one(entry, "Amt")
    titles = [t.text or "" for t in every(details, "RmtInf/Ustrd")] or [text(entry, "AddtlNtryInf")]
    return [
        iso(text(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt"))[:10],
        _signed(entry),
        value.get("Ccy", "") if value is not None else "",
        text(parties, f"{who}/Nm", f"{who}/Pty/Nm"),
        text(parties, f"{acct}/Id/IBAN", f"{acct}/Id/Othr/Id"),
        " ".join(" ".join(titles).split()),
    ]
