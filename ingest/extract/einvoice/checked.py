"""The sums of invoices and statements reckoned again, dialect by dialect.

UBL and CII follow the business rules of EN 16931 (BR-CO-10 to BR-CO-17), KSeF the meaning of
the fields P_8B to P_15 in the logical structures FA.
"""

import re
from decimal import Decimal
from typing import Any, Final

from ingest.extract.einvoice.paper import every, local, one, text
from ingest.extract.einvoice.sums import CENT, Sums, number, total
from ingest.model import Conflict

_ZERO: Final = Decimal(0)
#: Lines looked at one by one; the sum is of all.
_LINES: Final = 5000
#: Rates that the numbered fields P_13_n and P_14_n of KSeF hold, old rates among them.
_KSEF_RATES: Final = {"1": ("23", "22"), "2": ("8", "7"), "3": ("5",)}
#: Kinds of KSeF invoices whose lines are what the sums are of; on others they are differences or advances.
_KSEF_PLAIN: Final = frozenset(["VAT", "UPR"])


def ubl_sums(root: Any) -> tuple[Conflict, ...]:
    """What does not add up on a UBL invoice or credit note."""
    sums = Sums()
    name = local(root)
    if name not in ("Invoice", "CreditNote"):
        return ()
    lines = every(root, f"{name}Line")
    totals = one(root, "LegalMonetaryTotal")
    _ubl_lines(lines, sums)
    line_total = text(totals, "LineExtensionAmount")
    sums.equal("lines", line_total, total([text(line, "LineExtensionAmount") for line in lines]))
    net, gross = text(totals, "TaxExclusiveAmount"), text(totals, "TaxInclusiveAmount")
    less, more = text(totals, "AllowanceTotalAmount"), text(totals, "ChargeTotalAmount")
    if line_total:
        sums.equal("net", net, total([line_total, _minus(less), more or "0"]))
    rounding = number(text(totals, "PayableRoundingAmount")) or _ZERO
    currency = text(root, "DocumentCurrencyCode")
    taxes = [t for t in every(root, "TaxTotal") if _currency(one(t, "TaxAmount")) in ("", currency)]
    if len(taxes) == 1:
        _ubl_tax(taxes[0], len(lines), sums)
        made = total([net, text(taxes[0], "TaxAmount")])
        if made is not None and number(gross) == made + rounding:
            rounding = _ZERO  # before EN 16931 it was part of the total with tax
        else:
            sums.equal("total", gross, made)
    if gross:
        payable = total([gross, _minus(text(totals, "PrepaidAmount")), str(rounding)])
        sums.equal("payable", text(totals, "PayableAmount"), payable)
    return tuple(sums.conflicts)


def _ubl_tax(tax: Any, lines: int, sums: Sums) -> None:
    parts = every(tax, "TaxSubtotal")
    if parts:
        sums.equal("tax", text(tax, "TaxAmount"), total([text(p, "TaxAmount") for p in parts]))
    for part in parts:
        rate = text(part, "TaxCategory/Percent", "Percent")
        sums.tax(text(part, "TaxableAmount"), rate, text(part, "TaxAmount"), lines)


def _ubl_lines(lines: list[Any], sums: Sums) -> None:
    for line in lines[:_LINES]:
        extra = _ZERO
        for charge in every(line, "AllowanceCharge"):
            value = number(text(charge, "Amount")) or _ZERO
            extra += value if text(charge, "ChargeIndicator").lower() in ("true", "1") else -value
        sums.line(
            text(line, "InvoicedQuantity", "CreditedQuantity"),
            text(line, "Price/PriceAmount"),
            text(line, "LineExtensionAmount"),
            extra,
            text(line, "Price/BaseQuantity"),
        )


def cii_sums(root: Any) -> tuple[Conflict, ...]:
    """What does not add up on a CII invoice (Factur-X, ZUGFeRD, XRechnung)."""
    sums = Sums()
    if local(root) not in ("CrossIndustryInvoice", "CrossIndustryDocument"):
        return ()
    trade = one(root, "SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
    settlement = one(trade, "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
    stated = one(
        settlement,
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        "SpecifiedTradeSettlementMonetarySummation",
    )
    lines = every(trade, "IncludedSupplyChainTradeLineItem")
    nets = [_cii_line(line, sums) for line in lines]
    line_total = text(stated, "LineTotalAmount")
    counted = [n for n in nets if n]
    sums.equal("lines", line_total, total(counted))
    net, gross = text(stated, "TaxBasisTotalAmount"), text(stated, "GrandTotalAmount")
    less, more = text(stated, "AllowanceTotalAmount"), text(stated, "ChargeTotalAmount")
    if line_total:
        sums.equal("net", net, total([line_total, _minus(less), more or "0"]))
    currency = text(settlement, "InvoiceCurrencyCode")
    amounts = every(stated, "TaxTotalAmount")
    tax = next((t.text or "" for t in amounts if _currency(t) in ("", currency)), "")
    parts = every(settlement, "ApplicableTradeTax")
    if parts:
        sums.equal("tax", tax, total([text(p, "CalculatedAmount") for p in parts]))
    for part in parts:
        rate = text(part, "RateApplicablePercent", "ApplicablePercent")
        sums.tax(text(part, "BasisAmount"), rate, text(part, "CalculatedAmount"), len(lines))
    if tax:
        sums.equal("total", gross, total([net, tax]))
    if gross:
        prepaid, rounding = text(stated, "TotalPrepaidAmount"), text(stated, "RoundingAmount")
        sums.equal(
            "payable", text(stated, "DuePayableAmount"), total([gross, _minus(prepaid), rounding or "0"])
        )
    return tuple(sums.conflicts)


def _cii_line(line: Any, sums: Sums) -> str:
    """Checks a line; its net."""
    agreement = one(line, "SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement")
    delivery = one(line, "SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery")
    settlement = one(line, "SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")
    net = text(
        settlement,
        "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount",
        "SpecifiedTradeSettlementMonetarySummation/LineTotalAmount",
    )
    extra = _ZERO
    for charge in every(settlement, "SpecifiedTradeAllowanceCharge"):
        value = number(text(charge, "ActualAmount")) or _ZERO
        extra += value if text(charge, "ChargeIndicator/Indicator").lower() in ("true", "1") else -value
    price = one(agreement, "NetPriceProductTradePrice")
    sums.line(
        text(delivery, "BilledQuantity"),
        text(price, "ChargeAmount"),
        net,
        extra,
        text(price, "BasisQuantity"),
    )
    return net


def ksef_sums(root: Any) -> tuple[Conflict, ...]:
    """What does not add up on a KSeF invoice FA; receipts and FA_RR have other sums and are not judged."""
    sums = Sums()
    body = one(root, "Fa")
    if local(root) != "Faktura" or body is None:
        return ()
    rows = every(body, "FaWiersz")
    nets = [e.text or "" for e in body if re.fullmatch(r"P_13_\d+(_\d)?", local(e))]
    taxes = [e.text or "" for e in body if re.fullmatch(r"P_14_\d+", local(e))]
    if nets:
        sums.equal("total", text(body, "P_15"), total([*nets, *taxes]))
    for field, rates in _KSEF_RATES.items():
        net, tax = text(body, f"P_13_{field}"), text(body, f"P_14_{field}")
        if not any(_about(net, rate, tax, len(rows)) for rate in rates):
            sums.tax(net, rates[0], tax, len(rows))
    if text(body, "RodzajFaktury") not in _KSEF_PLAIN:
        return tuple(sums.conflicts)
    for row in rows[:_LINES]:
        less = number(text(row, "P_10")) or _ZERO
        sums.line(text(row, "P_8B"), text(row, "P_9A"), text(row, "P_11"), -less)
        sums.line(text(row, "P_8B"), text(row, "P_9B"), text(row, "P_11A"), -less)
    made = [text(row, "P_11") for row in rows]
    if all(made) and nets:
        tolerance = CENT * max(2, len(rows))
        given = total(nets)
        sums.equal("lines", "" if given is None else str(given), total(made), tolerance)
    return tuple(sums.conflicts)


def _about(basis: str, rate: str, tax: str, lines: int) -> bool:
    probe = Sums()
    probe.tax(basis, rate, tax, lines)
    return not probe.conflicts


def camt_sums(root: Any) -> tuple[Conflict, ...]:
    """Statements of camt.053 whose opening balance and booked entries do not make the closing balance."""
    sums = Sums()
    for statement in every(root, "BkToCstmrStmt/Stmt"):
        opening = _camt_balance(statement, ("OPBD", "PRCD"))
        closing = _camt_balance(statement, ("CLBD",))
        booked = [e for e in every(statement, "Ntry") if text(e, "Sts", "Sts/Cd") in ("BOOK", "")]
        if opening and closing:
            sums.equal("balance", closing, total([opening, *(_camt_signed(e) for e in booked)]), _ZERO)
        stated = text(statement, "TxsSummry/TtlNtries/NbOfNtries")
        sums.equal("count", stated, Decimal(len(every(statement, "Ntry"))), _ZERO)
    return tuple(sums.conflicts)


def _camt_balance(statement: Any, codes: tuple[str, ...]) -> str:
    for code in codes:
        for balance in every(statement, "Bal"):
            if text(balance, "Tp/CdOrPrtry/Cd") == code:
                return _camt_signed(balance)
    return ""


def _camt_signed(holder: Any) -> str:
    value = text(holder, "Amt")
    return _minus(value) if text(holder, "CdtDbtInd") == "DBIT" else value


def _minus(value: str) -> str:
    """The number with its sign turned; no text is nothing."""
    found = number(value)
    return "0" if not value else value if found is None else str(-found)


def _currency(amount: Any) -> str:
    return str(amount.get("currencyID", "")) if amount is not None else ""
