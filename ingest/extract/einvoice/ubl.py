"""OASIS Universal Business Language 2.0 to 2.4, with the profiles that use it (Peppol BIS, XRechnung, EHF).

All document types share one vocabulary, so one reader serves them; the root
element's name says which paper it is.
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
    namespace,
    one,
    tax_number,
    text,
)
from ingest.model import Structured

_NAMESPACE: Final = "urn:oasis:names:specification:ubl:schema:xsd:"

#: Root element to domain and document type.
_KINDS: Final = {
    "Invoice": ("accounting", "invoice"),
    "SelfBilledInvoice": ("accounting", "invoice"),
    "FreightInvoice": ("accounting", "invoice"),
    "UtilityStatement": ("accounting", "account_statement"),
    "CreditNote": ("accounting", "invoice_correction"),
    "SelfBilledCreditNote": ("accounting", "invoice_correction"),
    "DebitNote": ("accounting", "invoice_correction"),
    "Statement": ("accounting", "account_statement"),
    "Reminder": ("accounting", "payment_reminder"),
    "RemittanceAdvice": ("accounting", "remittance_advice"),
    "Order": ("order", "purchase_order"),
    "OrderResponse": ("order", "order_response"),
    "OrderResponseSimple": ("order", "order_response"),
    "OrderChange": ("order", "order_change"),
    "OrderCancellation": ("order", "order_cancellation"),
    "DespatchAdvice": ("order", "despatch_advice"),
    "ReceiptAdvice": ("order", "receipt_advice"),
    "Quotation": ("order", "quotation"),
    "RequestForQuotation": ("order", "request_for_quotation"),
    "Catalogue": ("order", "catalogue"),
    "CatalogueRequest": ("order", "catalogue"),
    "CatalogueDeletion": ("order", "catalogue"),
    "CatalogueItemSpecificationUpdate": ("order", "catalogue"),
    "CataloguePricingUpdate": ("order", "catalogue"),
    "InventoryReport": ("order", "inventory_report"),
    "StockAvailabilityReport": ("order", "inventory_report"),
    "ProductActivity": ("order", "inventory_report"),
    "RetailEvent": ("order", "inventory_report"),
    "Forecast": ("order", "inventory_report"),
    "ForecastRevision": ("order", "inventory_report"),
    "ItemInformationRequest": ("order", "inventory_report"),
    "ForwardingInstructions": ("order", "forwarding_instructions"),
    "Waybill": ("order", "waybill"),
    "BillOfLading": ("order", "waybill"),
    "PackingList": ("order", "packing_list"),
    "CertificateOfOrigin": ("order", "transport_document"),
    "ExceptionCriteria": ("order", "transport_document"),
    "ExceptionNotification": ("order", "transport_document"),
    "FulfilmentCancellation": ("order", "transport_document"),
    "GoodsItemItinerary": ("order", "transport_document"),
    "GoodsItemPassport": ("order", "transport_document"),
    "InstructionForReturns": ("order", "transport_document"),
    "TransportationStatus": ("order", "transport_document"),
    "TransportationStatusRequest": ("order", "transport_document"),
    "TransportExecutionPlan": ("order", "transport_document"),
    "TransportExecutionPlanRequest": ("order", "transport_document"),
    "TransportProgressStatus": ("order", "transport_document"),
    "TransportProgressStatusRequest": ("order", "transport_document"),
    "TransportServiceDescription": ("order", "transport_document"),
    "TransportServiceDescriptionRequest": ("order", "transport_document"),
    "WeightStatement": ("order", "transport_document"),
}
#: UNTDID 1001 codes of an `Invoice` that corrects another.
CORRECTIONS: Final = frozenset(
    ["81", "83", "261", "262", "296", "308", "381", "383", "384", "396", "420", "458", "532"]
)

_SELLERS: Final = (
    "AccountingSupplierParty/Party",
    "SellerSupplierParty/Party",
    "DespatchSupplierParty/Party",
    "SellerParty",
    "ProviderParty",
    "TransportServiceProviderParty",
    "RetailerCustomerParty/Party",
    "SenderParty",
)
_BUYERS: Final = (
    "AccountingCustomerParty/Party",
    "BuyerCustomerParty/Party",
    "OriginatorCustomerParty/Party",
    "DeliveryCustomerParty/Party",
    "InventoryReportingParty",
    "ContractorCustomerParty/Party",
    "BuyerParty",
    "TransportUserParty",
    "ReceiverParty",
)
_OTHERS: Final = (
    ("consignor", "ConsignorParty"),
    ("consignee", "ConsigneeParty"),
    ("carrier", "CarrierParty"),
    ("consignor", "Shipment/Consignment/ConsignorParty"),
    ("consignee", "Shipment/Consignment/ConsigneeParty"),
    ("carrier", "Shipment/Consignment/CarrierParty"),
    ("carrier", "Shipment/ShipmentStage/CarrierParty"),
)
_TOTALS: Final = (
    "LegalMonetaryTotal",
    "RequestedMonetaryTotal",
    "QuotedMonetaryTotal",
    "AnticipatedMonetaryTotal",
)

_EN: Final = {
    "number": "Number",
    "date": "Date",
    "due": "Due date",
    "delivery": "Delivery date",
    "period": "Period",
    "order": "Order number",
    "corrects": "Corrects",
    "valid": "Valid until",
    "account": "Bank account",
    "currency": "Currency",
    "vendor": "Seller",
    "buyer": "Buyer",
    "tax_id": "Tax number",
    "consignor": "Consignor",
    "consignee": "Consignee",
    "carrier": "Carrier",
    "item": "Item",
    "code": "Code",
    "quantity": "Quantity",
    "unit": "Unit",
    "price": "Price",
    "rate": "Tax %",
    "value": "Amount",
    "net": "Net total",
    "vat": "VAT",
    "paid": "Prepaid",
    "payable": "Amount due",
    "note": "Note",
    "contract": "Contract",
}
_PL: Final = {
    "number": "Numer",
    "date": "Data wystawienia",
    "due": "Termin płatności",
    "delivery": "Data dostawy",
    "period": "Okres",
    "order": "Numer zamówienia",
    "corrects": "Koryguje",
    "valid": "Ważne do",
    "account": "Rachunek bankowy",
    "currency": "Waluta",
    "vendor": "Sprzedawca",
    "buyer": "Nabywca",
    "tax_id": "NIP",
    "consignor": "Nadawca",
    "consignee": "Odbiorca",
    "carrier": "Przewoźnik",
    "item": "Nazwa",
    "code": "Kod",
    "quantity": "Ilość",
    "unit": "J.m.",
    "price": "Cena",
    "rate": "VAT %",
    "value": "Wartość",
    "net": "Razem netto",
    "vat": "VAT",
    "paid": "Zapłacono",
    "payable": "Do zapłaty",
    "note": "Uwagi",
    "contract": "Umowa",
}
_TITLES_PL: Final = {
    "Invoice": "Faktura",
    "CreditNote": "Faktura korygująca",
    "DebitNote": "Nota debetowa",
    "Order": "Zamówienie",
    "OrderResponse": "Potwierdzenie zamówienia",
    "DespatchAdvice": "Awizo wysyłki",
    "Reminder": "Wezwanie do zapłaty",
    "Quotation": "Oferta",
    "Statement": "Zestawienie sald",
    "ReceiptAdvice": "Potwierdzenie przyjęcia",
    "OrderChange": "Zmiana zamówienia",
    "OrderCancellation": "Anulowanie zamówienia",
    "Waybill": "List przewozowy",
}


def read(root: Any) -> Paper | None:
    """The UBL document under `root`, or None if it is not one."""
    name = local(root)
    if not namespace(root).startswith(_NAMESPACE):
        return None
    domain, doc_type = _KINDS.get(name, ("", ""))
    type_code = text(root, f"{name}TypeCode")
    if name == "Invoice" and type_code in CORRECTIONS:
        doc_type = "invoice_correction"
    fields = _fields(root, name, type_code)
    if doc_type in ("invoice", "invoice_correction"):
        fields["invoice_number"] = fields.get("document_number", "")
    polish = fields.get("currency") == "PLN" or any(
        t.text == "PL" for t in root.iter() if local(t) == "IdentificationCode" and t.text
    )
    labels = _PL if polish else _EN
    lines = _lines(root)
    return Paper(
        structured=Structured("UBL", name, filled(fields), domain=domain or None, doc_type=doc_type or None),
        language="pl" if polish else None,
        title=_TITLES_PL.get(name, "") if polish and name in _TITLES_PL else _words(name),
        head=_head(fields, labels),
        parties=_parties(root, labels),
        columns=[labels[k] for k in ("number", "item", "code", "quantity", "unit", "price", "rate", "value")],
        rows=[_row(line) for line in lines[:MOST_ROWS]],
        left_out=max(0, len(lines) - MOST_ROWS),
        sums=[
            (labels[key], f"{fields[field]} {fields['currency']}".strip())
            for key, field in (("net", "net"), ("vat", "vat"), ("paid", "amount_paid"), ("payable", "total"))
            if fields.get(field)
        ],
        notes=[
            f"{labels['note']}: {n.text.strip()}" for n in every(root, "Note") if n.text and n.text.strip()
        ],
    )


def _fields(root: Any, name: str, type_code: str) -> dict[str, str]:
    seller, buyer = one(root, *_SELLERS), one(root, *_BUYERS)
    totals = one(root, *_TOTALS)
    fields = {
        "syntax": "UBL",
        "root": name,
        "document_number": text(root, "ID"),
        "date": iso(text(root, "IssueDate")),
        "type_code": type_code,
        "currency": text(root, "DocumentCurrencyCode", "PricingCurrencyCode") or _currency(root),
        "vendor": party_name(seller),
        "vendor_nip": _tax_id(seller),
        "buyer": party_name(buyer),
        "buyer_nip": _tax_id(buyer),
        "due_date": iso(text(root, "DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate")),
        "sale_date": iso(text(root, "Delivery/ActualDeliveryDate", "TaxPointDate")),
        "period_start": iso(text(root, "InvoicePeriod/StartDate", "StatementPeriod/StartDate")),
        "period_end": iso(text(root, "InvoicePeriod/EndDate", "StatementPeriod/EndDate")),
        "valid_until": iso(text(root, "ValidityPeriod/EndDate")),
        "po_number": text(root, "OrderReference/ID"),
        "contract_number": text(root, "ContractDocumentReference/ID", "Contract/ID"),
        "corrected_number": text(root, "BillingReference/InvoiceDocumentReference/ID"),
        "bank_account": text(root, "PaymentMeans/PayeeFinancialAccount/ID"),
        "net": amount(text(totals, "TaxExclusiveAmount", "LineExtensionAmount")),
        "vat": amount(text(root, "TaxTotal/TaxAmount")),
        "amount_paid": amount(text(totals, "PrepaidAmount")),
        "total": amount(text(totals, "PayableAmount") or text(root, "TotalPaymentAmount")),
        "closing_balance": amount(text(root, "TotalBalanceAmount")),
        "lines": str(len(_lines(root))),
    }
    for field, path in _OTHERS:
        fields[field] = fields.get(field) or party_name(one(root, path))
    return fields


def _currency(root: Any) -> str:
    """The currency that an amount states, where the document names none for itself."""
    for path in ("PayableAmount", "TaxExclusiveAmount", "LineExtensionAmount"):
        for totals in _TOTALS:
            value = one(root, f"{totals}/{path}")
            if value is not None and value.get("currencyID"):
                return str(value.get("currencyID"))
    return ""


def _lines(root: Any) -> list[Any]:
    return [child for child in root if local(child).endswith("Line")]


def party_name(party: Any) -> str:
    """The registered name first, then the trading name, then a person's."""
    if party is None:
        return ""
    person = one(party, "Person")
    return text(
        party, "PartyLegalEntity/RegistrationName", "PartyTaxScheme/RegistrationName", "PartyName/Name"
    ) or " ".join(part for part in (text(person, "FirstName"), text(person, "FamilyName")) if part)


def _tax_id(party: Any) -> str:
    for scheme in every(party, "PartyTaxScheme"):
        kind = text(scheme, "TaxScheme/ID").upper()
        number = text(scheme, "CompanyID")
        if number and kind in ("VAT", ""):
            return tax_number(number)
    return tax_number(text(party, "PartyTaxScheme/CompanyID", "PartyLegalEntity/CompanyID"))


def _head(fields: dict[str, str], labels: dict[str, str]) -> list[tuple[str, str]]:
    period = " - ".join(p for p in (fields["period_start"], fields["period_end"]) if p)
    return [
        (labels["number"], fields["document_number"]),
        (labels["date"], fields["date"]),
        (labels["due"], fields["due_date"]),
        (labels["delivery"], fields["sale_date"]),
        (labels["period"], period),
        (labels["valid"], fields["valid_until"]),
        (labels["order"], fields["po_number"]),
        (labels["contract"], fields["contract_number"]),
        (labels["corrects"], fields["corrected_number"]),
        (labels["account"], fields["bank_account"]),
        (labels["currency"], fields["currency"]),
    ]


def _parties(root: Any, labels: dict[str, str]) -> list[tuple[str, list[str]]]:
    blocks = [("vendor", one(root, *_SELLERS)), ("buyer", one(root, *_BUYERS))]
    blocks += [(role, one(root, path)) for role, path in _OTHERS]
    return [(labels[role], _party_block(party, labels)) for role, party in blocks if party is not None]


def _party_block(party: Any, labels: dict[str, str]) -> list[str]:
    address = one(party, "PostalAddress", "PhysicalLocation/Address")
    number = _tax_id(party)
    trading = text(party, "PartyName/Name")
    name = party_name(party)
    return [
        name,
        trading if trading != name else "",
        f"{labels['tax_id']}: {number}" if number else "",
        " ".join(filter(None, (text(address, "StreetName"), text(address, "BuildingNumber")))),
        text(address, "AdditionalStreetName"),
        text(address, "AddressLine/Line"),
        " ".join(filter(None, (text(address, "PostalZone"), text(address, "CityName")))),
        text(address, "Country/Name", "Country/IdentificationCode"),
        ", ".join(
            filter(None, (text(party, f"Contact/{k}") for k in ("Name", "Telephone", "ElectronicMail")))
        ),
    ]


def _row(outer: Any) -> list[str]:
    line = one(outer, "LineItem")
    line = outer if line is None else line
    item = one(line, "Item", "InventoryItem")
    quantity = one(
        line,
        "InvoicedQuantity",
        "CreditedQuantity",
        "DebitedQuantity",
        "Quantity",
        "DeliveredQuantity",
        "ReceivedQuantity",
        "RequestedQuantity",
    )
    description = " ".join(dict.fromkeys(filter(None, (text(item, "Name"), text(item, "Description")))))
    return [
        text(line, "ID"),
        description or text(line, "Note", "BillingReference/InvoiceDocumentReference/ID"),
        text(
            item,
            "SellersItemIdentification/ID",
            "StandardItemIdentification/ID",
            "BuyersItemIdentification/ID",
        ),
        " ".join((quantity.text or "").split()) if quantity is not None else "",
        quantity.get("unitCode", "") if quantity is not None else "",
        text(line, "Price/PriceAmount", "RequiredItemLocationQuantity/Price/PriceAmount"),
        text(item, "ClassifiedTaxCategory/Percent") or text(line, "TaxTotal/TaxSubtotal/TaxCategory/Percent"),
        text(
            line, "LineExtensionAmount", "BalanceAmount", "CreditLineAmount", "DebitLineAmount", "PaidAmount"
        ),
    ]


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() and i else c for i, c in enumerate(name))
