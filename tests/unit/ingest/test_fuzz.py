"""Every parser of ours against files made to break it: a reading or a refusal, nothing else.

`bench.fuzz` does the same for as long as one likes.
"""

import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz import fuzz
from ingest.extract.context import ReadContext
from ingest.extract.options import ReadOptions
from ingest.model import Reading, Refusal
from ingest.read import EXTRACTORS, read_file
from ingest.understand import understand
from tests.papers.broken import twisted
from tests.papers.samples import NAMES, sample

#: Formats whose parsers are our own: read in this very process, where nothing hides an exception.
OURS = ("ksef", "ubl", "upo", "jpk", "camt", "mt940", "hl7", "fhir", "json", "text", "csv", "html", "log")
OURS += (
    "journal",
    "instrument",
    "rtf",
    "eml",
    "msg",
    "tnef",
    "odt",
    "doc",
    "xls",
    "ppt",
    "zip",
    "tar",
    "gzip",
)


def test_there_is_a_sample_for_every_reader(tmp_path: Path) -> None:
    read_by = set()
    for name in NAMES:
        file_name, data = sample(name)
        (tmp_path / file_name).write_bytes(data)
        (tmp_path / name).mkdir()
        result = read_file(tmp_path / file_name, ReadContext(ReadOptions(), tmp_path / name, file_name))
        assert isinstance(result, Reading), (name, result)
        read_by.add(EXTRACTORS[result.media_type])
    assert read_by == set(EXTRACTORS.values())


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), other=st.sampled_from(OURS))
def test_our_parsers_read_or_refuse(name: str, seed: int, other: str) -> None:
    file_name, data = sample(name)
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "in", Path(folder) / "out"
        out.mkdir()
        path.write_bytes(twisted(data, Random(seed), sample(other)[1]))
        result = read_file(path, ReadContext(ReadOptions(second_reader=False), out, file_name))
        assert isinstance(result, Reading | Refusal)
        if isinstance(result, Reading):
            understand(result, file_name)
            assert not [child for child in result.children if not (out / child.path).is_file()]


def test_in_the_limited_child_nothing_dies_hangs_grows_or_stays_behind() -> None:
    tallies = fuzz(NAMES, seconds=0.1, seed=7)
    assert all(tally.files == 1 and not tally.failed and not tally.left_behind for tally in tallies.values())
