"""What a writer that was killed within a commit leaves behind must not stop the next one."""

import json
import shutil
from pathlib import Path

from indexer.engines.tantivy import TantivyEngine
from indexer.query import parse
from tests.unit.indexer.documents import paper


def _live(root: Path) -> Path:
    (found,) = (p.parent for p in root.rglob("meta.json"))
    return found


def test_half_a_commit_does_not_stop_the_next_one(tmp_path: Path) -> None:
    """The list of deleted documents that a killed commit wrote has the name that the next one wants."""
    engine = TantivyEngine(tmp_path / "index")
    engine.apply([paper("a", text="faktura"), paper("b", text="umowa")], [])
    engine.close()
    # The same change elsewhere tells which file it writes.
    shutil.copytree(tmp_path / "index", tmp_path / "other")
    before = {p.name for p in _live(tmp_path / "other").iterdir()}
    other = TantivyEngine(tmp_path / "other")
    changed = paper("a", text="rachunek", version=2)
    other.apply([changed], [])
    other.close()
    written = [p for p in _live(tmp_path / "other").iterdir() if p.suffix == ".del" and p.name not in before]
    assert len(written) == 1
    live = _live(tmp_path / "index")
    (live / written[0].name).write_bytes(b"half")
    managed = json.loads((live / ".managed.json").read_text("utf-8"))
    (live / ".managed.json").write_text(json.dumps([*managed, written[0].name]), "utf-8")

    engine = TantivyEngine(tmp_path / "index")
    engine.apply([changed], [])
    assert engine.search(parse("rachunek"), scopes=None).total == 1
    assert engine.search(parse("faktura"), scopes=None).total == 0
    assert engine.search(parse("umowa"), scopes=None).total == 1
