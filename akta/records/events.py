"""What can happen to a record."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordChanged:
    """Something that others see changed; the row's version was raised."""

    record_id: str
    row_version: int


@dataclass(frozen=True, slots=True)
class RecordUnderstood:
    """Domain and type are known (by Akta or a person); a class and a keeping must be found."""

    record_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class RecordFiled:
    """The record reached its place in the file plan."""

    record_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class RecordDestroyed:
    """Content and everything derived from it is gone; a stub remains.

    `twins` are the records that were taken for the same paper.
    """

    record_id: str
    twins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldsChanged:
    """Holds cover these records now that did not, or no more; their rows' versions were raised.

    Many at once: no `RecordChanged` is told of each.
    """

    record_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartiesJoined:
    """Parties were linked into the one with this number."""

    root_id: str
