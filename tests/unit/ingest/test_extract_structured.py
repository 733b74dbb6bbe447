"""Papers that state their own data: XML dialects, HL7 and bank statements."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.extract import hl7, mt940, xml
from ingest.extract.context import ReadContext, RefusalError
from ingest.extract.options import ReadOptions
from ingest.extract.xml import structured_from_xml
from ingest.model import Reading, Refusal

KSEF = """<?xml version="1.0" encoding="UTF-8"?>
<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"><Naglowek>
<KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza></Naglowek>
<Podmiot1><DaneIdentyfikacyjne><NIP>5260001246</NIP><Nazwa>Młyn Żółty sp. z o.o.</Nazwa></DaneIdentyfikacyjne>
<Adres><KodKraju>PL</KodKraju><AdresL1>ul. Długa 1</AdresL1></Adres></Podmiot1>
<Podmiot2><DaneIdentyfikacyjne><NIP>7740001454</NIP><Nazwa>Piekarnia Łoś</Nazwa>
</DaneIdentyfikacyjne></Podmiot2>
<Fa><KodWaluty>PLN</KodWaluty><P_1>2026-03-04</P_1><P_2>F/12/2026</P_2><P_13_1>100</P_13_1><P_14_1>23</P_14_1>
<P_13_2>10</P_13_2><P_14_2>0.8</P_14_2><P_15>133.8</P_15><RodzajFaktury>{kind}</RodzajFaktury>
<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_7>Mąka</P_7><P_8B>10</P_8B><P_11>100</P_11></FaWiersz>
<Platnosc><TerminPlatnosci><Termin>2026-03-18</Termin></TerminPlatnosci></Platnosc></Fa></Faktura>"""

UBL = """<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
 xmlns:c="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<b:ID>PO-77</b:ID><b:IssueDate>2026-01-20</b:IssueDate><b:DocumentCurrencyCode>SEK</b:DocumentCurrencyCode>
<c:BuyerCustomerParty><c:Party><c:PartyName><b:Name>Nord Bygg</b:Name></c:PartyName></c:Party>
</c:BuyerCustomerParty>
<c:SellerSupplierParty><c:Party><c:PartyName><b:Name>Trade name</b:Name></c:PartyName><c:PartyLegalEntity>
<b:RegistrationName>Verk AB</b:RegistrationName></c:PartyLegalEntity></c:Party></c:SellerSupplierParty>
<c:AnticipatedMonetaryTotal><b:PayableAmount currencyID="SEK">6225</b:PayableAmount>
</c:AnticipatedMonetaryTotal>
<c:OrderLine><c:LineItem><b:ID>1</b:ID><b:Quantity unitCode="LTR">120</b:Quantity>
<c:Item><b:Name>Red paint</b:Name></c:Item></c:LineItem></c:OrderLine></Order>"""

CII = """<r:CrossIndustryInvoice xmlns:r="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns="urn:x">
<ExchangedDocument><ID>R-5</ID><TypeCode>{code}</TypeCode><IssueDateTime><DateTimeString format="102">20260305
</DateTimeString></IssueDateTime></ExchangedDocument><SupplyChainTradeTransaction><ApplicableHeaderTradeAgreement>
<SellerTradeParty><Name>Lieferant GmbH</Name></SellerTradeParty><BuyerTradeParty>
<Name>Kunde AG</Name></BuyerTradeParty>
</ApplicableHeaderTradeAgreement><ApplicableHeaderTradeSettlement><InvoiceCurrencyCode>EUR</InvoiceCurrencyCode>
<SpecifiedTradeSettlementHeaderMonetarySummation><GrandTotalAmount>119.5</GrandTotalAmount>
</SpecifiedTradeSettlementHeaderMonetarySummation></ApplicableHeaderTradeSettlement></SupplyChainTradeTransaction>
</r:CrossIndustryInvoice>"""

CAMT = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Id>S1</Id>
<Acct><Id><IBAN>PL61109010140000071219812874</IBAN></Id><Ccy>PLN</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="PLN">100.5</Amt><CdtDbtInd>DBIT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="PLN">50</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-02-28</Dt></Dt></Bal><Ntry><Amt Ccy="PLN">150.5</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>
</Stmt></BkToCstmrStmt></Document>"""

ORU = (
    "MSH|^~\\&|LIS|Central Lab|EHR|Ward 3|20260306101500+0100||ORU^R01^ORU_R01|MSG-9|P|2.5.1\r"
    "PID|1||P-100^^^H||Nowak^Jan^Adam^III^^^L||19800102|M\r"
    "OBR|1|ORD-1|F-1|58410-2^Blood count^LN|||20260306\r"
    "OBX|1|NM|718-7^Hemoglobin^LN||9.1|g/dL|12-16|L|||F\r"
    "OBX|2|NM|6690-2^Leukocytes^LN||5.5|10*3/uL|4-10|N|||F\r"
    "NTE|1||Repeat \\T\\ confirm\r"
)

MT940 = (
    ":20:ST1\r\n:25:PL29114010810000267002001002\r\n:28C:1/1\r\n:60F:D260101PLN1000,\r\n"
    ":61:2601020102CR250,5NTRFREF//1\r\n:86:020<00Przelew<20za fakture F/1\r\n<21dziekujemy\r\n"
    ":61:260103RC100,NTRFREF\r\n:62F:D260131PLN849,5\r\n-\r\n"
)

Run = Callable[..., Reading | Refusal]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def read(extract: Callable[..., Reading | Refusal], data: bytes, name: str = "x") -> Reading | Refusal:
        path = tmp_path / "in"
        path.write_bytes(data)
        try:
            return extract(path, "application/xml", ReadContext(ReadOptions(), tmp_path, name))
        except RefusalError as error:
            return error.refusal

    return read


def test_ksef_invoice_yields_its_fields_and_a_polish_page(run: Run) -> None:
    result = run(xml.extract, KSEF.format(kind="VAT").encode())
    assert isinstance(result, Reading)
    assert result.structured is not None
    assert (result.structured.syntax, result.structured.doc_type) == ("KSeF FA (3)", "invoice")
    expected = {
        "invoice_number": "F/12/2026",
        "document_number": "F/12/2026",
        "date": "2026-03-04",
        "due_date": "2026-03-18",
        "vendor": "Młyn Żółty sp. z o.o.",
        "vendor_nip": "5260001246",
        "buyer": "Piekarnia Łoś",
        "buyer_nip": "7740001454",
        "net": "110.00",
        "vat": "23.80",
        "total": "133.80",
        "currency": "PLN",
        "lines": "1",
    }
    assert expected.items() <= result.structured.fields.items()
    assert "Termin płatności: 2026-03-18" in result.text
    assert result.language == "pl"


@pytest.mark.parametrize("kind", ["KOR", "KOR_ZAL", "KOR_ROZ"])
def test_ksef_corrections_are_corrections(kind: str) -> None:
    structured = structured_from_xml(KSEF.format(kind=kind).encode())
    assert structured is not None
    assert structured.doc_type == "invoice_correction"


def test_xml_that_lies_about_its_encoding_is_still_read(run: Run) -> None:
    result = run(xml.extract, KSEF.format(kind="VAT").encode("cp1250"))
    assert isinstance(result, Reading)
    assert result.structured is not None
    assert result.structured.fields["vendor"] == "Młyn Żółty sp. z o.o."
    assert "charset_guessed" in result.flags


def test_upo_names_the_number_given(run: Run) -> None:
    upo = (
        '<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3"><Dokument><NipSprzedawcy>5260001246'
        "</NipSprzedawcy><NumerKSeFDokumentu>5260001246-20260304-AAAAAA-BBBBBB-01</NumerKSeFDokumentu>"
        "<NumerFaktury>F/12</NumerFaktury><DataWystawieniaFaktury>2026-03-04</DataWystawieniaFaktury></Dokument>"
        "</Potwierdzenie>"
    )
    structured = structured_from_xml(upo.encode())
    assert structured is not None
    assert structured.doc_type == "upo"
    assert structured.fields["ksef_number"] == "5260001246-20260304-AAAAAA-BBBBBB-01"
    assert structured.fields["documents"] == "1"


def test_ubl_prefers_the_registered_name() -> None:
    structured = structured_from_xml(UBL.encode())
    assert structured is not None
    assert (structured.domain, structured.doc_type) == ("order", "purchase_order")
    assert structured.fields == {
        "syntax": "UBL",
        "root": "Order",
        "document_number": "PO-77",
        "date": "2026-01-20",
        "currency": "SEK",
        "vendor": "Verk AB",
        "buyer": "Nord Bygg",
        "total": "6225.00",
        "lines": "1",
    }


@pytest.mark.parametrize(("code", "doc_type"), [("380", "invoice"), ("381", "invoice_correction")])
def test_cii_type_code_tells_invoice_from_credit_note(code: str, doc_type: str) -> None:
    structured = structured_from_xml(CII.format(code=code).encode())
    assert structured is not None
    assert structured.doc_type == doc_type
    assert structured.fields["date"] == "2026-03-05"
    assert structured.fields["total"] == "119.50"
    assert structured.fields["vendor"] == "Lieferant GmbH"


def test_camt_statement_has_signed_balances() -> None:
    structured = structured_from_xml(CAMT.encode())
    assert structured is not None
    assert structured.doc_type == "bank_statement"
    assert structured.fields["opening_balance"] == "-100.50"
    assert structured.fields["closing_balance"] == "50.00"
    assert structured.fields["date"] == "2026-02-28"


@pytest.mark.parametrize(
    "attack",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<?xml version="1.0"?><!-- c --><!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>',
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a b="&x;"/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
    ],
)
def test_declarations_that_attacks_need_are_refused(run: Run, attack: bytes) -> None:
    result = run(xml.extract, attack)
    assert isinstance(result, Refusal)
    assert result.reason == "forbidden_xml"
    assert structured_from_xml(attack) is None


def test_xml_nested_too_deep_is_refused(run: Run) -> None:
    result = run(xml.extract, b"<a>" * 20_000 + b"</a>" * 20_000)
    assert isinstance(result, Refusal)
    assert result.reason == "damaged"


def test_truncated_xml_is_read_as_far_as_it_goes(run: Run) -> None:
    data = KSEF.format(kind="VAT").encode()
    result = run(xml.extract, data[: len(data) * 3 // 4])
    assert isinstance(result, Reading)
    assert "damaged" in result.flags
    assert "Młyn Żółty" in result.text


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_hl7_results_become_a_report(run: Run, end: str) -> None:
    framed = "\x0b" + ORU.replace("\r", end) + "\x1c\r"
    result = run(hl7.extract, framed.encode())
    assert isinstance(result, Reading)
    assert result.structured is not None
    assert (result.structured.domain, result.structured.doc_type) == ("lab", "lab_report")
    expected = {
        "message_type": "ORU^R01^ORU_R01",
        "message_control_id": "MSG-9",
        "sending_facility": "Central Lab",
        "date": "2026-03-06",
        "version": "2.5.1",
        "patient": "Nowak Jan Adam III",
        "birth_date": "1980-01-02",
        "tests": "Blood count",
        "analytes": "Hemoglobin; Leukocytes",
        "obr": "1",
        "obx": "2",
        "abnormal_flags": "1",
    }
    assert expected.items() <= result.structured.fields.items()
    assert "Note: Repeat & confirm" in result.text


def test_hl7_separators_are_those_the_message_names(run: Run) -> None:
    other = ORU.replace("\\&", "\\%").replace("|", "#").replace("^", "!")
    result = run(hl7.extract, other.encode())
    assert isinstance(result, Reading)
    assert result.structured is not None
    assert result.structured.fields["patient"] == "Nowak Jan Adam III"


def test_hl7_without_a_header_is_refused_and_a_bare_one_flagged(run: Run) -> None:
    assert isinstance(run(hl7.extract, b"PID|1||X\r"), Refusal)
    bare = run(hl7.extract, b"MSH|^~\\&\r")
    assert isinstance(bare, Reading)
    assert "damaged" in bare.flags


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("20260306", "2026-03-06"),
        ("202603061015", "2026-03-06T10:15:00"),
        ("20260306101500.123+0100", "2026-03-06T10:15:00+01:00"),
        ("2026", ""),
        ("20261399", ""),
        ("not a date", ""),
    ],
)
def test_hl7_time_stamps(written: str, read: str) -> None:
    assert hl7.moment(written) == read


def test_mt940_statement(run: Run) -> None:
    result = run(mt940.extract, MT940.encode())
    assert isinstance(result, Reading)
    assert result.structured is not None
    assert result.structured.fields == {
        "syntax": "SWIFT MT940/942",
        "account": "PL29114010810000267002001002",
        "statement_number": "1/1",
        "currency": "PLN",
        "opening_balance": "-1000.00",
        "closing_balance": "-849.50",
        "period_start": "2026-01-01",
        "date": "2026-01-31",
        "transactions": "2",
    }
    assert "-100.00" in result.text  # a reversed credit takes money away
    assert "za fakture F/1" in result.text
