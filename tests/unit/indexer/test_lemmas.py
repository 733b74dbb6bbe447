"""Dictionary forms: found for inflected words, with diacritics or without; the file they live in."""

import subprocess
import sys
from pathlib import Path

import pytest

from akta.settings import ROOT
from indexer import lemmas as room
from indexer.inflection import word_forms
from indexer.lemmas import Lemmas, lemmas
from indexer.stages import Stages


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("fakturami", "faktura"),
        ("psow", "pies"),
        ("zaplaty", "zaplata"),
        ("lodzi", "lodz"),
        ("invoices", "invoice"),
        ("studies", "study"),
        ("faktura", "faktura"),
    ],
)
def test_forms(word: str, form: str) -> None:
    assert form in lemmas().of(word)


def test_a_word_that_folds_like_another_has_the_forms_of_both() -> None:
    assert {"lata", "rok"} <= set(lemmas().of("lat"))


@pytest.mark.parametrize("word", ["", "xqzwv", "fv2026", "\ud7ff", "a" * 60])
def test_what_no_dictionary_has_has_no_form(word: str) -> None:
    assert lemmas().of(word) == ()


def test_stages_choose_where_forms_come_from() -> None:
    assert word_forms("psow", Stages(stems=False)) == ("pies",)
    assert "pies" not in word_forms("psow", Stages(lemmas=False))
    assert word_forms("psow", Stages(lemmas=False, stems=False)) == ("psow",)


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"x" * 100, b"aktalem1" + b"\0" * 20])
def test_a_broken_file_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match="dictionary forms"):
        Lemmas(content)


def test_a_missing_or_broken_file_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []

    def counted() -> bytes:
        made.append(_small())
        return made[-1]

    monkeypatch.setattr(room, "build", counted)
    folder = tmp_path / "share" / "akta"
    assert room._mapped(folder).of("kot") == ("kot",)
    assert room._mapped(folder).of("kot") == ("kot",)
    assert len(made) == 1
    (path,) = folder.glob("lemmas-*-1")
    path.write_bytes(b"half")
    assert room._mapped(folder).of("kot") == ("kot",)
    assert len(made) == 2


def _small() -> bytes:
    key = room._key("kot").to_bytes(8, "little")
    return room._HEAD.pack(room._MAGIC, 1, 4) + key + b"\0\0\0\0" + b"\3kot"


def test_nothing_is_loaded_before_the_first_word() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, indexer.engines.tantivy, indexer.service, indexer.lemmas as l;"
            "print(l.lemmas.cache_info().currsize, 'simplemma' in sys.modules)",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["0", "False"]
