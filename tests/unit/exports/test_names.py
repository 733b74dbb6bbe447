"""Names in the ZIP: safe on every system, and no two alike."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

from hypothesis import given
from hypothesis import strategies as st

from indexer.exports.bundle import entry_name

_ODD = st.text(
    st.sampled_from('ab./\\:*?"<>| \u202e\u200b\x00\n~ł\u0301\ud800') | st.characters(), max_size=120
)


@given(_ODD, st.integers(1, 50_000))
def test_a_name_stays_in_its_folder(file_name: str, number: int) -> None:
    name = entry_name(number, file_name)
    name.encode("utf-8")
    path = PurePosixPath(name)
    assert path.parts[0] == "originals"
    assert len(path.parts) == 2
    assert len(PureWindowsPath(name).parts) == 2
    assert not PureWindowsPath(name).drive
    assert len(path.name) <= 90
    assert len(path.name.encode()) <= 255
    assert not any(unicodedata.category(c)[0] == "C" for c in name)
    assert not set(name) & set('<>:"\\|?*')
    assert not name.endswith((".", " "))


@given(st.lists(_ODD, max_size=20))
def test_no_two_names_clash(names: list[str]) -> None:
    made = [entry_name(n, name).casefold() for n, name in enumerate(names, 1)]
    assert len(set(made)) == len(made)


def test_names_stay_readable() -> None:
    assert entry_name(7, "Faktura Łódź 3.pdf") == "originals/000007-Faktura Łódź 3.pdf"
    assert entry_name(1, "../../etc/passwd") == "originals/000001-passwd"
    assert entry_name(1, "C:\\temp\\a.pdf") == "originals/000001-a.pdf"
    assert entry_name(1, "") == "originals/000001-file"
    assert entry_name(1, "CON") == "originals/000001-CON"
    assert entry_name(1, "a\u202efdp.exe") == "originals/000001-afdp.exe"
    assert entry_name(1, "x" * 300 + ".pdf").endswith("x.pdf")
