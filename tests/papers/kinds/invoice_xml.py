"""Invoices and orders as data: KSeF FA(2) and FA(3), UBL 2.1 (EN 16931 in its outline)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

from tests.papers.kinds.deal import Deal
from tests.papers.people import Company


@dataclass(frozen=True, slots=True)
class Terms:
    """What a paper says besides the deal itself."""

    number: str
    issued: date
    due: date
    sold: date
    currency: str
    order_number: str = ""
    corrected: str = ""
    reason: str = ""


_KSEF = {
    2: ("http://crd.gov.pl/wzor/2023/06/29/12648/", "FA (2)"),
    3: ("http://crd.gov.pl/wzor/2025/06/25/13775/", "FA (3)"),
}
#: Numbers of the fields that hold net and tax by rate.
_RATE_FIELD = {23: "1", 8: "2", 5: "3"}


def _tag(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value))}</{name}>"


def _side(tag: str, company: Company) -> str:
    return (
        f"<{tag}><DaneIdentyfikacyjne>{_tag('NIP', company.tax_id)}{_tag('Nazwa', company.name)}</DaneIdentyfikacyjne>"
        f"<Adres><KodKraju>PL</KodKraju>{_tag('AdresL1', company.address.street)}"
        f"{_tag('AdresL2', company.address.town)}</Adres>"
        f"<DaneKontaktowe>{_tag('Email', company.email)}{_tag('Telefon', company.phone)}</DaneKontaktowe></{tag}>"
    )


def ksef(deal: Deal, terms: Terms) -> str:
    """A Polish structured invoice: FA(3) from February 2026, FA(2) before."""
    version = 3 if terms.issued >= date(2026, 2, 1) else 2
    space, code = _KSEF[version]
    sign = -1 if terms.corrected else 1
    sums = ""
    for rate, net, tax in deal.by_rate:
        if rate:
            sums += _tag(f"P_13_{_RATE_FIELD[rate]}", sign * net) + _tag(
                f"P_14_{_RATE_FIELD[rate]}", sign * tax
            )
        else:
            sums += _tag("P_13_6_1" if version == 3 else "P_13_6", sign * net)
    rows = "".join(
        "<FaWiersz>"
        + _tag("NrWierszaFa", n)
        + _tag("P_7", line.name)
        + _tag("P_8A", line.unit)
        + _tag("P_8B", sign * line.quantity)
        + _tag("P_9A", line.price)
        + _tag("P_11", sign * line.net)
        + _tag("P_12", line.rate if line.rate or version == 2 else "0 KR")
        + "</FaWiersz>"
        for n, line in enumerate(deal.lines, 1)
    )
    correction = ""
    if terms.corrected:
        correction = (
            _tag("PrzyczynaKorekty", terms.reason)
            + "<TypKorekty>2</TypKorekty><DaneFaKorygowanej>"
            + _tag("DataWystFaKorygowanej", terms.sold)
            + _tag("NrFaKorygowanej", terms.corrected)
            + "<NrKSeFN>1</NrKSeFN></DaneFaKorygowanej>"
        )
    order = ""
    if terms.order_number:
        order = f"<WarunkiTransakcji><Zamowienia>{_tag('NrZamowienia', terms.order_number)}</Zamowienia></WarunkiTransakcji>"
    local = "<JST>2</JST><GV>2</GV>" if version == 3 else ""
    buyer = _side("Podmiot2", deal.buyer).replace("</Podmiot2>", f"{local}</Podmiot2>")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Faktura xmlns="{space}"><Naglowek>'
        f'<KodFormularza kodSystemowy="{code}" wersjaSchemy="1-0E">FA</KodFormularza>'
        f"<WariantFormularza>{version}</WariantFormularza>"
        f"<DataWytworzeniaFa>{terms.issued}T08:30:00Z</DataWytworzeniaFa><SystemInfo>Papiernik 2</SystemInfo></Naglowek>\n"
        f"{_side('Podmiot1', deal.seller)}\n{buyer}\n"
        f"<Fa>{_tag('KodWaluty', terms.currency)}{_tag('P_1', terms.issued)}"
        f"{_tag('P_1M', deal.seller.address.city)}{_tag('P_2', terms.number)}{_tag('P_6', terms.sold)}"
        f"{sums}{_tag('P_15', sign * deal.total)}"
        "<Adnotacje><P_16>2</P_16><P_17>2</P_17><P_18>2</P_18><P_18A>2</P_18A><Zwolnienie><P_19N>1</P_19N></Zwolnienie>"
        "<NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu><P_23>2</P_23>"
        "<PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje>"
        f"{_tag('RodzajFaktury', 'KOR' if terms.corrected else 'VAT')}{correction}\n{rows}\n"
        f"<Platnosc><TerminPlatnosci>{_tag('Termin', terms.due)}</TerminPlatnosci><FormaPlatnosci>6</FormaPlatnosci>"
        f"<RachunekBankowy>{_tag('NrRB', deal.seller.iban[2:])}</RachunekBankowy></Platnosc>{order}</Fa>\n"
        "</Faktura>\n"
    )


_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


def _ubl_party(wrapper: str, company: Company, country: str) -> str:
    street, town = escape(company.address.street), escape(company.address.city)
    post = escape(company.address.town.replace(company.address.city, "").strip(" ,"))
    return (
        f"<cac:{wrapper}><cac:Party><cac:PartyName>{_tag('cbc:Name', company.name)}</cac:PartyName>"
        f"<cac:PostalAddress><cbc:StreetName>{street}</cbc:StreetName><cbc:CityName>{town}</cbc:CityName>"
        f"<cbc:PostalZone>{post}</cbc:PostalZone><cac:Country><cbc:IdentificationCode>{country}</cbc:IdentificationCode>"
        f"</cac:Country></cac:PostalAddress><cac:PartyTaxScheme>{_tag('cbc:CompanyID', company.tax_id)}"
        "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity>"
        f"{_tag('cbc:RegistrationName', company.name)}</cac:PartyLegalEntity></cac:Party></cac:{wrapper}>"
    )


def ubl(deal: Deal, terms: Terms, root: str) -> str:
    """A UBL document; `root` is Invoice, CreditNote, Order, OrderResponseSimple, DespatchAdvice ..."""
    money = f'currencyID="{terms.currency}"'

    def amount(tag: str, value: Decimal) -> str:
        return f"<cbc:{tag} {money}>{value:.2f}</cbc:{tag}>"

    billing = root in ("Invoice", "CreditNote")
    priced = billing or root in ("Order", "Quotation")
    line_tag = {
        "Invoice": "InvoiceLine",
        "CreditNote": "CreditNoteLine",
        "DespatchAdvice": "DespatchLine",
        "ReceiptAdvice": "ReceiptLine",
        "Quotation": "QuotationLine",
        "RequestForQuotation": "RequestForQuotationLine",
    }.get(root, "OrderLine")
    count_tag = {
        "Invoice": "InvoicedQuantity",
        "CreditNote": "CreditedQuantity",
        "DespatchAdvice": "DeliveredQuantity",
        "ReceiptAdvice": "ReceivedQuantity",
    }.get(root, "Quantity")
    rows = ""
    for n, line in enumerate(deal.lines, 1):
        body = _tag("cbc:ID", n) + f'<cbc:{count_tag} unitCode="C62">{line.quantity}</cbc:{count_tag}>'
        if priced:
            body += amount("LineExtensionAmount", line.net)
        body += (
            f"<cac:Item>{_tag('cbc:Name', line.name)}<cac:SellersItemIdentification>{_tag('cbc:ID', line.code)}"
            f"</cac:SellersItemIdentification><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID>{_tag('cbc:Percent', line.rate)}"
            "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>"
        )
        if priced:
            body += f"<cac:Price>{amount('PriceAmount', line.price)}</cac:Price>"
        if root not in ("Invoice", "CreditNote", "DespatchAdvice", "ReceiptAdvice"):
            body = f"<cac:LineItem>{body}</cac:LineItem>"
        rows += f"<cac:{line_tag}>{body}</cac:{line_tag}>"
    seller, buyer = {
        "Invoice": ("AccountingSupplierParty", "AccountingCustomerParty"),
        "CreditNote": ("AccountingSupplierParty", "AccountingCustomerParty"),
        "DespatchAdvice": ("DespatchSupplierParty", "DeliveryCustomerParty"),
        "ReceiptAdvice": ("DespatchSupplierParty", "DeliveryCustomerParty"),
    }.get(root, ("SellerSupplierParty", "BuyerCustomerParty"))
    country = "PL" if deal.seller.regon else "GB"
    head = (
        _tag("cbc:UBLVersionID", "2.1") + _tag("cbc:ID", terms.number) + _tag("cbc:IssueDate", terms.issued)
    )
    if billing:
        head += _tag("cbc:DueDate", terms.due) if root == "Invoice" else ""
        head += _tag("cbc:InvoiceTypeCode", 380) if root == "Invoice" else _tag("cbc:CreditNoteTypeCode", 381)
        head += _tag("cbc:DocumentCurrencyCode", terms.currency)
    elif priced:
        head += _tag("cbc:DocumentCurrencyCode", terms.currency)
    if terms.order_number:
        head += f"<cac:OrderReference>{_tag('cbc:ID', terms.order_number)}</cac:OrderReference>"
    if terms.corrected:
        head += (
            f"<cac:BillingReference><cac:InvoiceDocumentReference>{_tag('cbc:ID', terms.corrected)}"
            "</cac:InvoiceDocumentReference></cac:BillingReference>"
        )
    sums = ""
    if billing:
        parts = "".join(
            f"<cac:TaxSubtotal>{amount('TaxableAmount', net)}{amount('TaxAmount', tax)}<cac:TaxCategory><cbc:ID>S</cbc:ID>"
            f"{_tag('cbc:Percent', rate)}<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal>"
            for rate, net, tax in deal.by_rate
        )
        account = f"<cac:PayeeFinancialAccount>{_tag('cbc:ID', deal.seller.iban)}</cac:PayeeFinancialAccount>"
        sums = (
            f"<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>{account}</cac:PaymentMeans>"
            f"<cac:TaxTotal>{amount('TaxAmount', deal.vat)}{parts}</cac:TaxTotal>"
        )
    if priced:
        monetary = (
            "LegalMonetaryTotal"
            if billing
            else "AnticipatedMonetaryTotal"
            if root == "Order"
            else "QuotedMonetaryTotal"
        )
        sums += (
            f"<cac:{monetary}>{amount('LineExtensionAmount', deal.net)}{amount('TaxExclusiveAmount', deal.net)}"
            f"{amount('TaxInclusiveAmount', deal.total)}{amount('PayableAmount', deal.total)}</cac:{monetary}>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="{_UBL}{root}-2" xmlns:cac="{_UBL}CommonAggregateComponents-2" '
        f'xmlns:cbc="{_UBL}CommonBasicComponents-2">{head}\n'
        f"{_ubl_party(seller, deal.seller, country)}\n{_ubl_party(buyer, deal.buyer, country)}\n{sums}\n{rows}\n</{root}>\n"
    )
