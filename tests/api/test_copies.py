"""The same file twice, where one stands inside a mail or an archive: both are told of the other."""

import io
import re
import zipfile

from sqlalchemy import select

from akta.records.models import Record
from tests.api.conftest import Site

PAPER = b"Faktura VAT nr FV/12/2026\nSprzedawca: Firma Testowa sp. z o.o.\nRazem: 123,00 PLN\n"


def _zip(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return made.getvalue()


def _copies(site: Site, record: str, role: str = "clerk") -> list[str]:
    answer = site.client.get(f"/v1/records/{record}", headers=site.as_(role))
    return [copy["id"] for copy in answer.json()["copies"]]


def test_a_copy_inside_an_archive_and_one_sent_by_itself_know_each_other(site: Site) -> None:
    archive = site.filed("marzec.zip", _zip(a_txt=PAPER, b_txt=PAPER, c_txt=PAPER.replace(b"123", b"124")))
    detail = site.client.get(f"/v1/records/{archive}", headers=site.as_("clerk")).json()
    inside = [child["id"] for child in detail["children"]]
    assert [len(_copies(site, child)) for child in inside] == [1, 1, 0]
    alone = site.filed("faktura.txt", PAPER)
    assert alone not in inside
    assert set(_copies(site, alone)) == set(inside[:2])
    assert _copies(site, inside[0]) == [inside[1], alone]
    csrf = site.sign_in("clerk")
    assert csrf
    page = site.client.get(f"/records/{alone}").text
    told = page[page.index('id="copies"') :]
    assert re.findall(r'href="/records/(\w+)"', told)[:2] == inside[:2]
    assert 'id="copies"' not in site.client.get(f"/records/{inside[2]}").text


def test_a_rejected_copy_is_no_copy(site: Site) -> None:
    archive = site.filed("marzec.zip", _zip(a_txt=PAPER))
    alone = site.filed("faktura.txt", PAPER)
    assert len(_copies(site, alone)) == 1
    with site.app.database.write() as session:
        session.scalars(select(Record).where(Record.parent_id == archive)).one().state = "rejected"
    assert _copies(site, alone) == []
