"""Every place in the code that deletes or changes a row, a blob or a file, found by reading the code."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("akta", "ingest", "indexer", "retention", "api")
_SQL = re.compile(r"\b(DELETE FROM|UPDATE \w+ SET|INSERT INTO|TRUNCATE|DROP \w+)", re.IGNORECASE)


@cache
def places() -> set[tuple[str, str]]:
    """(file, what it does to what) of each such call, such as `delete(PageText)` or `store.delete`."""
    found = set()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            name = str(path.relative_to(ROOT))
            found |= {(name, what) for what in _in(tree)}
    return found


def _in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in ("delete", "update") and node.args:
            yield f"{called.id}({ast.unparse(node.args[0])})"
        elif isinstance(called, ast.Name) and called.id in ("lock", "destroy", "delete_unreferenced"):
            yield called.id
        elif isinstance(called, ast.Name) and called.id == "text" and node.args:
            said = ast.unparse(node.args[0])
            if _SQL.search(said):
                yield f"text({said[:60]})"
        elif isinstance(called, ast.Attribute):
            owner = ast.unparse(called.value)
            if called.attr == "apply" and owner.endswith("engine"):
                yield f"{owner}.apply"
            elif called.attr == "delete" and not node.keywords and "client" not in owner:
                yield f"{owner}.delete"
            elif _of_store(called.attr, owner) or _of_files(called.attr, owner, node):
                yield f"{owner}.{called.attr}"


def _of_store(attr: str, owner: str) -> bool:
    return attr in ("set_legal_hold", "protect") and "store" in owner


def _of_files(attr: str, owner: str, node: ast.Call) -> bool:
    """Whether it is about files: `replace` and `remove` are also methods of texts and lists."""
    if attr in ("unlink", "rmtree", "rmdir", "rename"):
        return True
    if attr == "replace":
        return len(node.args) == 1 and not node.keywords
    return attr == "remove" and owner == "os"
