"""Papers whose truth is known.

A manifest is a file of JSON lines, one for each document: `path` (within the
manifest's folder, or the folder above it), `kind`, `language`, `domain`,
`doc_type`, and `ground_truth`, a flat object of field values. `text` (there or
beside it) is what the paper says, if known word by word; `source` says where
papers of one make come from (what follows an `@` in it is left out).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from akta.kernel.errors import InvalidError


@dataclass(frozen=True, slots=True)
class Truth:
    """One line of a manifest."""

    path: Path
    kind: str
    language: str
    domain: str
    doc_type: str
    fields: dict[str, Any]
    text: str | None
    source: str = "unknown"


def load_manifest(path: Path) -> list[Truth]:
    """The documents a manifest names. Raises InvalidError naming the line that is wrong."""
    truths = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            fields = row.get("ground_truth") or {}
            text = row.get("text", fields.get("text"))
            truths.append(
                Truth(
                    _locate(path.parent, row["path"]),
                    str(row.get("kind", "unknown")),
                    str(row.get("language", "unknown")),
                    str(row.get("domain", "")),
                    str(row.get("doc_type", "")),
                    dict(fields),
                    text if isinstance(text, str) else None,
                    str(row.get("source", "unknown")).partition("@")[0],
                )
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidError(f"Line {number} of {path} is no document of a manifest: {error!r}.") from error
    if not truths:
        raise InvalidError(f"{path} names no documents.")
    return truths


def _locate(folder: Path, name: str) -> Path:
    for base in (folder, folder.parent):
        if (base / name).is_file():
            return base / name
    return folder / name
