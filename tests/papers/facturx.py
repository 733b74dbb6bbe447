"""Invoices on which page and data go together: a PDF with the CII XML of Factur-X inside."""

import io
from dataclasses import dataclass
from xml.sax.saxutils import escape

import pikepdf

from tests.papers.make import generate

_SPACE = "urn:un:unece:uncefact:data:standard:"


@dataclass(frozen=True, slots=True)
class Hybrid:
    """`data` is the PDF, `xml` the file inside, `stated` the fields it states."""

    data: bytes
    xml: bytes
    stated: dict[str, str]


def cii(stated: dict[str, str]) -> str:
    """The MINIMUM profile of Factur-X from fields by Akta's names."""

    def tag(name: str, field: str, attributes: str = "") -> str:
        value = stated.get(field, "")
        return f"<ram:{name}{attributes}>{escape(value)}</ram:{name}>" if value else ""

    day = stated["date"].replace("-", "")
    tax = tag("ID", "vendor_nip", ' schemeID="VA"')
    tax = f"<ram:SpecifiedTaxRegistration>{tax}</ram:SpecifiedTaxRegistration>" if tax else ""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f'<rsm:CrossIndustryInvoice xmlns:rsm="{_SPACE}CrossIndustryInvoice:100" '
        f'xmlns:ram="{_SPACE}ReusableAggregateBusinessInformationEntity:100" '
        f'xmlns:udt="{_SPACE}UnqualifiedDataType:100"><rsm:ExchangedDocumentContext>'
        "<ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:factur-x.eu:1p0:minimum</ram:ID>"
        "</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>"
        f"<rsm:ExchangedDocument>{tag('ID', 'invoice_number')}<ram:TypeCode>380</ram:TypeCode>"
        f'<ram:IssueDateTime><udt:DateTimeString format="102">{day}</udt:DateTimeString></ram:IssueDateTime>'
        "</rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement>"
        f"<ram:SellerTradeParty>{tag('Name', 'vendor')}{tax}</ram:SellerTradeParty>"
        f"<ram:BuyerTradeParty>{tag('Name', 'buyer')}</ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>"
        "<ram:ApplicableHeaderTradeDelivery/><ram:ApplicableHeaderTradeSettlement>"
        f"{tag('InvoiceCurrencyCode', 'currency')}<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        f"{tag('TaxBasisTotalAmount', 'net')}{tag('TaxTotalAmount', 'vat')}{tag('GrandTotalAmount', 'total')}"
        f"{tag('DuePayableAmount', 'total')}</ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        "</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"
    )


def facturx(seed: int, language: str = "pl", file_name: str = "factur-x.xml", **said: str) -> Hybrid:
    """The invoice of a seed with its data inside; `said` are fields that the data states otherwise."""
    paper = generate("invoice", seed, language, "pdf")
    stated = {**paper.truth, **said}
    xml = cii(stated).encode()
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper.data)) as pdf:
        pdf.attachments[file_name] = pikepdf.AttachedFileSpec(
            pdf, xml, filename=file_name, mime_type="text/xml", relationship=pikepdf.Name.Alternative
        )
        pdf.save(out, deterministic_id=True)
    return Hybrid(out.getvalue(), xml, stated)
