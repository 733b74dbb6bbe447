"""The table of requirements against the tests: each is met by tests that exist and name its number."""

import re

from akta.bootstrap import ROOT

_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.M)


def test_each_requirement_has_tests_that_name_it() -> None:
    rows = _ROW.findall((ROOT / "docs" / "requirements.md").read_text("utf-8"))
    assert [int(number) for number, *_ in rows] == list(range(1, 51))
    for number, _, _, tests in rows:
        for name in re.findall(r"`([^`]+)`", tests):
            text = (ROOT / "tests" / name).read_text("utf-8")
            named = re.findall(r"[Rr]eq(?:uirements?)?[ ._]((?:\d+(?:, |_and_| and )?)+)", text)
            assert number in {n for found in named for n in re.findall(r"\d+", found)}, (number, name)
