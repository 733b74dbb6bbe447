"""UN/CEFACT Cross Industry Invoice (Factur-X, ZUGFeRD 1 and 2, XRechnung) and Order-X.

ZUGFeRD 1.0 uses an older release of the same library; its names differ and are
listed as alternatives.
"""

from typing import Any, Final

from ingest.extract.einvoice.paper import (
    MOST_ROWS,
    Paper,
    amount,
    every,
    filled,
    iso,
    local,
    one,
    tax_number,
    text,
)
from ingest.extract.einvoice.ubl import CORRECTIONS
from ingest.model import Structured

_ORDER_KINDS: Final = {"220": "purchase_order", "230": "order_change", "231": "order_response"}
_EN: Final = (
    "Number",
    "Date",
    "Due date",
    "Delivery date",
    "Order number",
    "Contract",
    "Corrects",
    "IBAN",
    "Seller",
    "Buyer",
    "Tax number",
    "Net total",
    "VAT",
    "Total with tax",
    "Prepaid",
    "Amount due",
)
_DE: Final = (
    "Rechnungsnummer",
    "Rechnungsdatum",
    "Fällig am",
    "Lieferdatum",
    "Bestellnummer",
    "Vertrag",
    "Korrigiert",
    "IBAN",
    "Verkäufer",
    "Käufer",
    "USt-IdNr.",
    "Summe netto",
    "Umsatzsteuer",
    "Summe brutto",
    "Vorauszahlung",
    "Zahlbetrag",
)
_PL: Final = (
    "Numer",
    "Data wystawienia",
    "Termin płatności",
    "Data dostawy",
    "Numer zamówienia",
    "Umowa",
    "Koryguje",
    "Rachunek bankowy",
    "Sprzedawca",
    "Nabywca",
    "NIP",
    "Razem netto",
    "VAT",
    "Razem brutto",
    "Zapłacono",
    "Do zapłaty",
)
_COLUMNS: Final = {
    "en": ["No.", "Item", "Code", "Quantity", "Unit", "Price", "Tax %", "Amount"],
    "de": ["Pos.", "Bezeichnung", "Artikelnr.", "Menge", "Einheit", "Preis", "USt %", "Betrag"],
    "pl": ["Lp.", "Nazwa", "Kod", "Ilość", "J.m.", "Cena", "VAT %", "Wartość"],
}
_TITLES: Final = {
    "en": {
        "invoice": "Invoice",
        "invoice_correction": "Credit note",
        "purchase_order": "Order",
        "order_change": "Order change",
        "order_response": "Order response",
    },
    "de": {
        "invoice": "Rechnung",
        "invoice_correction": "Gutschrift / Korrekturrechnung",
        "purchase_order": "Bestellung",
        "order_change": "Bestelländerung",
        "order_response": "Auftragsbestätigung",
    },
    "pl": {
        "invoice": "Faktura",
        "invoice_correction": "Faktura korygująca",
        "purchase_order": "Zamówienie",
        "order_change": "Zmiana zamówienia",
        "order_response": "Potwierdzenie zamówienia",
    },
}


def read(root: Any) -> Paper | None:
    """The CII invoice or Order-X order under `root`, or None if it is neither."""
    name = local(root)
    if name not in ("CrossIndustryInvoice", "CrossIndustryDocument", "SCRDMCCBDACIOMessageStructure"):
        return None
    document = one(root, "ExchangedDocument", "HeaderExchangedDocument")
    trade = one(root, "SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
    agreement = one(trade, "ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
    delivery = one(trade, "ApplicableHeaderTradeDelivery", "ApplicableSupplyChainTradeDelivery")
    settlement = one(trade, "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
    sums = one(
        settlement,
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        "SpecifiedTradeSettlementMonetarySummation",
    )
    code = text(document, "TypeCode")
    if name == "SCRDMCCBDACIOMessageStructure":
        domain, doc_type = "order", _ORDER_KINDS.get(code, "purchase_order")
    else:
        domain, doc_type = "accounting", "invoice_correction" if code in CORRECTIONS else "invoice"
    seller, buyer = one(agreement, "SellerTradeParty"), one(agreement, "BuyerTradeParty")
    lines = every(trade, "IncludedSupplyChainTradeLineItem")
    due = "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString"
    fields = {
        "syntax": "CII",
        "root": name,
        "document_number": text(document, "ID"),
        "date": iso(text(document, "IssueDateTime/DateTimeString")),
        "type_code": code,
        "currency": text(settlement, "InvoiceCurrencyCode", "OrderCurrencyCode"),
        "vendor": text(seller, "Name", "SpecifiedLegalOrganization/TradingBusinessName"),
        "vendor_nip": _tax_id(seller),
        "buyer": text(buyer, "Name"),
        "buyer_nip": _tax_id(buyer),
        "due_date": iso(text(settlement, due)),
        "sale_date": iso(text(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString")),
        "po_number": text(
            agreement, "BuyerOrderReferencedDocument/IssuerAssignedID", "BuyerOrderReferencedDocument/ID"
        ),
        "contract_number": text(agreement, "ContractReferencedDocument/IssuerAssignedID"),
        "corrected_number": text(settlement, "InvoiceReferencedDocument/IssuerAssignedID"),
        "bank_account": text(
            settlement, "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID"
        ),
        "net": amount(text(sums, "TaxBasisTotalAmount", "LineTotalAmount")),
        "vat": amount(text(sums, "TaxTotalAmount")),
        "total": amount(text(sums, "GrandTotalAmount", "DuePayableAmount")),
        "amount_due": amount(text(sums, "DuePayableAmount")),
        "amount_paid": amount(text(sums, "TotalPrepaidAmount")),
        "lines": str(len(lines)),
    }
    if domain == "accounting":
        fields["invoice_number"] = fields["document_number"]
    country = text(seller, "PostalTradeAddress/CountryID")
    language = (
        "pl" if fields["currency"] == "PLN" or country == "PL" else "de" if country in ("DE", "AT") else "en"
    )
    labels = {"pl": _PL, "de": _DE, "en": _EN}[language]
    money = fields["currency"]
    head_names = (
        "document_number",
        "date",
        "due_date",
        "sale_date",
        "po_number",
        "contract_number",
        "corrected_number",
        "bank_account",
    )
    sum_names = ("net", "vat", "total", "amount_paid", "amount_due")
    return Paper(
        structured=Structured("CII", name, filled(fields), domain=domain, doc_type=doc_type),
        language=language,
        title=_TITLES[language][doc_type],
        head=[(label, fields[key]) for label, key in zip(labels[:8], head_names, strict=True)],
        parties=[
            (label, _party(party, labels[10]))
            for label, party in ((labels[8], seller), (labels[9], buyer))
            if party is not None
        ],
        columns=_COLUMNS[language],
        rows=[_row(line) for line in lines[:MOST_ROWS]],
        left_out=max(0, len(lines) - MOST_ROWS),
        sums=[
            (label, f"{fields[key]} {money}".strip())
            for label, key in zip(labels[11:], sum_names, strict=True)
            if fields[key]
        ],
        notes=[n.text.strip() for n in every(document, "IncludedNote/Content") if n.text],
    )


def _tax_id(party: Any) -> str:
    for number in every(party, "SpecifiedTaxRegistration/ID"):
        if number.get("schemeID") in ("VA", None) and number.text:
            return tax_number(number.text)
    return tax_number(text(party, "SpecifiedTaxRegistration/ID"))


def _party(party: Any, tax_label: str) -> list[str]:
    address = one(party, "PostalTradeAddress")
    number = _tax_id(party)
    return [
        text(party, "Name"),
        f"{tax_label}: {number}" if number else "",
        *(text(address, k) for k in ("LineOne", "LineTwo", "LineThree")),
        " ".join(filter(None, (text(address, "PostcodeCode"), text(address, "CityName")))),
        text(address, "CountryID"),
        text(party, "DefinedTradeContact/PersonName"),
    ]


def _row(line: Any) -> list[str]:
    agreement = one(line, "SpecifiedLineTradeAgreement", "SpecifiedSupplyChainTradeAgreement")
    delivery = one(line, "SpecifiedLineTradeDelivery", "SpecifiedSupplyChainTradeDelivery")
    settlement = one(line, "SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")
    product = one(line, "SpecifiedTradeProduct")
    quantity = one(delivery, "BilledQuantity", "RequestedQuantity", "AgreedQuantity")
    sums = one(
        settlement,
        "SpecifiedTradeSettlementLineMonetarySummation",
        "SpecifiedTradeSettlementMonetarySummation",
    )
    return [
        text(line, "AssociatedDocumentLineDocument/LineID"),
        " ".join(filter(None, (text(product, "Name"), text(product, "Description")))),
        text(product, "SellerAssignedID", "GlobalID", "BuyerAssignedID"),
        " ".join((quantity.text or "").split()) if quantity is not None else "",
        quantity.get("unitCode", "") if quantity is not None else "",
        text(agreement, "NetPriceProductTradePrice/ChargeAmount", "GrossPriceProductTradePrice/ChargeAmount"),
        text(settlement, "ApplicableTradeTax/RateApplicablePercent", "ApplicableTradeTax/ApplicablePercent"),
        text(sums, "LineTotalAmount"),
    ]
