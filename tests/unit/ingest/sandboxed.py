"""Reading in the limited child, as the pipeline does, for files made to break it."""

from collections.abc import Iterable
from pathlib import Path

from ingest.extract.options import ReadOptions
from ingest.model import Reading, Refusal
from ingest.sandbox import Limits, read_in_sandbox

#: Seconds without progress and memory that no small file of any format may go over.
LIMITS = Limits(seconds=30.0, memory_mib=512)
#: Ends of a child that no file may bring about.
_ENDS = ("reader_died", "took_too_long", "took_too_much_memory")


def read_broken(tmp_path: Path, samples: Iterable[bytes], name: str) -> list[Reading | Refusal]:
    """Read each sample in the sandbox; a reader that died, hung or grew fails the test."""
    tmp_path.mkdir(exist_ok=True)
    results = []
    for number, data in enumerate(samples):
        path = tmp_path / f"broken-{number}"
        path.write_bytes(data)
        out = tmp_path / f"out-{number}"
        out.mkdir()
        result = read_in_sandbox(path, name, ReadOptions(second_reader=False), LIMITS, out)
        if isinstance(result, Refusal):
            assert result.reason not in _ENDS, (number, result)
        results.append(result)
    return results
