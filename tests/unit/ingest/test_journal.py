"""Logs of systemd and syslog as programs export them, and FHIR resources in each of their forms."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.context import ReadContext
from ingest.extract.journal import entries_of_export, entries_of_json
from ingest.extract.options import ReadOptions
from ingest.model import Reading
from ingest.read import read_file

START = 1767225600  # 2026-01-01T00:00:00Z


def read(folder: Path, data: bytes | str, name: str) -> Reading:
    path = folder / "in"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    result = read_file(path, ReadContext(ReadOptions(), folder, name))
    assert isinstance(result, Reading)
    return result


def fields(reading: Reading) -> dict[str, str]:
    assert reading.structured is not None
    return reading.structured.fields


def entry(number: int) -> dict[str, str]:
    return {
        "__CURSOR": f"s=a;i={number}",
        "__REALTIME_TIMESTAMP": f"{START + number}000000",
        "_HOSTNAME": "żubr1",
        "SYSLOG_IDENTIFIER": "sshd",
        "PRIORITY": "3" if number % 4 == 0 else "6",
        "MESSAGE": f"Failed password for anna from 10.0.0.{number}",
    }


def exported(count: int) -> bytes:
    blocks = ("\n".join(f"{k}={v}" for k, v in entry(n).items()) for n in range(count))
    return ("\n\n".join(blocks) + "\n\n").encode()


@pytest.mark.parametrize("name", ["journal", "journal.txt", "journal.log", "journal.json", "journal.export"])
def test_the_journal_says_the_same_in_both_forms(tmp_path: Path, name: str) -> None:
    wanted = {
        "syntax": "journald",
        "lines": "8",
        "service": "sshd",
        "host": "żubr1",
        "date": "2026-01-01",
        "period_start": "2026-01-01T00:00:00Z",
        "period_end": "2026-01-01T00:00:07Z",
        "errors": "2",
        "severity": "error",
    }
    for data in (exported(8), "\n".join(json.dumps(entry(n)) for n in range(8))):
        result = read(tmp_path, data, name)
        assert fields(result) == wanted
        assert result.structured is not None
        assert result.structured.doc_type == "system_log"
        heading, service, *_ = shown = result.pages[0].text.splitlines()
        assert (heading, service) == ("Dziennik systemowy", "Usługa: sshd")
        assert shown[-8] == "2026-01-01T00:00:00Z żubr1 sshd: ERROR Failed password for anna from 10.0.0.0"


def test_a_value_with_control_characters_is_read_by_its_length(tmp_path: Path) -> None:
    value = b"two\nlines\x00\x01=x\n\nafter"
    data = b"__CURSOR=a\n__REALTIME_TIMESTAMP=1767225600000000\n_HOSTNAME=h\nMESSAGE\n"
    data += len(value).to_bytes(8, "little") + value + b"\n\n"
    result = read(tmp_path, data * 3, "log")
    assert fields(result)["lines"] == "3"
    assert "after" in result.pages[0].text
    assert "hidden_characters" in result.flags


def test_a_journal_that_breaks_off_is_read_up_to_there() -> None:
    data = exported(5)
    assert len(entries_of_export(data[:-30])) == 5
    lying = b"__CURSOR=a\nMESSAGE\n" + (2**62).to_bytes(8, "little") + b"x"
    assert len(entries_of_export(exported(2) + lying)) == 3


@given(st.binary(max_size=400), st.integers(0, 300))
def test_no_bytes_upset_the_export_parser(noise: bytes, at: int) -> None:
    data = exported(2)
    found = entries_of_export(data[:at] + noise + data[at:])
    assert len(found) <= 2 + len(noise)
    entries_of_json(noise.decode("latin-1").splitlines())


def test_a_message_as_numbers_is_text() -> None:
    line = json.dumps({**entry(1), "MESSAGE": [195, 179, 33]})
    assert entries_of_json([line])[0].message == "ó!"


def test_syslog_of_rfc_5424_states_host_program_and_severity(tmp_path: Path) -> None:
    lines = [f"<34>1 2026-01-05T22:14:{n:02d}.003Z mail1 su 12 ID47 - failed" for n in range(6)]
    lines.append("<14>1 2026-01-05T22:15:00Z mail1 su - - - error is only a word here")
    found = fields(read(tmp_path, "\n".join(lines), "messages"))
    assert (found["host"], found["service"]) == ("mail1", "su")
    assert (found["severity"], found["errors"]) == ("critical", "6")


OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "Hemoglobina"},
    "subject": {"display": "Jan Żak"},
    "effectiveDateTime": "2026-01-02",
    "valueQuantity": {"value": 9.1, "unit": "g/dL"},
    "interpretation": [{"coding": [{"code": "L"}]}],
    "referenceRange": [{"low": {"value": 12}, "high": {"value": 16}}],
}

OBSERVATION_XML = """<f:Observation xmlns:f="http://hl7.org/fhir"><f:status value="final"/>
<f:code><f:text value="Hemoglobina"/></f:code><f:subject><f:display value="Jan Żak"/></f:subject>
<f:effectiveDateTime value="2026-01-02"/>
<f:valueQuantity><f:value value="9.1"/><f:unit value="g/dL"/></f:valueQuantity>
<f:interpretation><f:coding><f:code value="L"/></f:coding></f:interpretation>
<f:referenceRange><f:low><f:value value="12"/></f:low>
<f:high><f:value value="16"/></f:high></f:referenceRange>
</f:Observation>"""


def test_a_resource_says_the_same_in_json_xml_and_as_lines(tmp_path: Path) -> None:
    as_json = read(tmp_path, json.dumps(OBSERVATION), "o.json")
    as_xml = read(tmp_path, OBSERVATION_XML, "o.xml")
    assert fields(as_json) == fields(as_xml)
    assert fields(as_xml)["abnormal_flags"] == "1"
    table = [line.split() for line in as_xml.pages[0].text.splitlines() if "Hemoglobina" in line][-1]
    assert table == ["Hemoglobina", "9.1", "g/dL", "12", "-", "16", "L"]
    lines = read(tmp_path, "\n".join([json.dumps(OBSERVATION)] * 3), "o.ndjson")
    assert fields(lines)["obx"] == "3"
    inner = OBSERVATION_XML.replace("f:", "").replace('xmlns:f="http://hl7.org/fhir"', "")
    bundle = f'<Bundle xmlns="http://hl7.org/fhir"><entry><resource>{inner}</resource></entry></Bundle>'
    assert fields(read(tmp_path, bundle, "b.xml"))["analytes"] == "Hemoglobina"


@pytest.mark.parametrize("resource", [{"entry": "x"}, {"entry": [3, None]}, {"identifier": {"value": 1}}, {}])
def test_odd_resources_are_read_all_the_same(tmp_path: Path, resource: dict[str, object]) -> None:
    odd = {"resourceType": "Bundle", **resource}
    assert fields(read(tmp_path, json.dumps(odd), "b.json")) == {}
    broken = {
        **OBSERVATION,
        "code": "x",
        "subject": 3,
        "interpretation": "L",
        "referenceRange": 7,
        **resource,
    }
    assert fields(read(tmp_path, json.dumps(broken), "o.json"))["obx"] == "1"
