"""What of the changes handed to an engine is news to it.

A message may come late, twice or out of order. A removal leaves a tombstone (id
and version, nothing else), so that an older document cannot come back after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.model import IndexDocument


@dataclass(frozen=True, slots=True)
class Known:
    """The version of an id that the index has, and whether it is a tombstone."""

    version: int
    gone: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What to write: documents, tombstones by id, and the ids whose old entry goes."""

    documents: list[IndexDocument]
    tombstones: dict[str, int]
    replaced: list[str]

    def __bool__(self) -> bool:
        return bool(self.documents or self.tombstones)


def settle(
    upserts: Sequence[IndexDocument], removals: Sequence[tuple[str, int]], known: Mapping[str, Known]
) -> Changes:
    """Of all changes the newest for each id, if it is newer than what is known.

    At the same version a removal wins over a document.
    """
    newest: dict[str, tuple[int, IndexDocument | None]] = {}
    for document in upserts:
        if document.version > newest.get(document.record_id, (-1, None))[0]:
            newest[document.record_id] = (document.version, document)
    for record_id, version in removals:
        if version >= newest.get(record_id, (-1, None))[0]:
            newest[record_id] = (version, None)
    documents, tombstones = [], {}
    for record_id, (version, found) in newest.items():
        have = known.get(record_id)
        if have is None or version > have.version:
            pass
        elif not (version == have.version and found is None and not have.gone):
            continue
        if found is None:
            tombstones[record_id] = version
        else:
            documents.append(found)
    replaced = [i for i in (*(d.record_id for d in documents), *tombstones) if i in known]
    return Changes(documents, tombstones, replaced)
