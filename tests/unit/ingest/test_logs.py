"""Which program wrote a log: by its name in the lines, else by the form of its lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.log_makes import program_of
from ingest.extract.logs import log_facts


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("type=USER_LOGIN msg=audit(1700000000.123:77): pid=1 uid=0 res=failed", "auditd"),
        ("2026-03-01 10:00:00.123 UTC [77] ola@ksiega FATAL:  password authentication failed", "postgresql"),
        ("[2026-03-01 10:00:00.123 +01:00] [INF] [7] Jellyfin.Server.Main: started", "jellyfin"),
        ("2026-03-01 10:00:00,123 7 INFO db odoo.http: Login failed", "odoo"),
        ("sklep  | 2026-03-01T10:00:00Z level=info started", "sklep"),
        ("Mar  1 10:00:00 brama kernel: [7.1] IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=40", "iptables"),
        (
            'time="2026-03-01T10:00:00+01:00" level=error msg="Unsuccessful 1FA authentication attempt"',
            "authelia",
        ),
        (
            f'www.example.com 10.0.0.1 - {"0a" * 16} - [01/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1"',
            "bunkerweb",
        ),
        ("Mar  1 10:00:00 brama sshd[7]: Invalid user ola from 10.0.0.1 port 7", "sshd"),
        ("2026-03-01T10:00:00Z ERROR nothing of note", None),
    ],
)
def test_the_program_of_a_log(line: str, program: str | None) -> None:
    found = log_facts([line] * 4, "log")
    assert found is not None
    assert found.fields.get("service") == program


def test_a_single_line_of_another_program_decides_nothing() -> None:
    lines = ["2026-03-01T10:00:00Z something"] * 40
    assert program_of([*lines, "2026-03-01 OpenVPN 2.6 started"], None) is None


@given(st.lists(st.text(max_size=300), max_size=30), st.none() | st.text(max_size=10))
def test_any_lines_end(lines: list[str], named: str | None) -> None:
    assert program_of(lines, named) is None or isinstance(program_of(lines, named), str)
