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
class RecordsChanged:
    """Many records changed at once: ids with their raised row versions."""

    versions: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RecordMoved:
    """The record was put into a case, taken out of one, or both; its row is locked."""

    record_id: str
    before: str | None
    after: str | None
    actor: str


@dataclass(frozen=True, slots=True)
class CaseChanged:
    """A case was closed or opened again; what is known of all its records has changed."""

    case_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class PartiesRegrouped:
    """Leaves of these parties were linked or parted; what is known of their records may have changed."""

    party_ids: tuple[str, ...]
    actor: str


@dataclass(frozen=True, slots=True)
class HoldsEnded:
    """No legal hold covers these records any more."""

    record_ids: tuple[str, ...]
    actor: str


@dataclass(frozen=True, slots=True)
class HoldsChanged:
    """Holds cover these records now that did not, or no more; their rows' versions were raised.

    Many at once: no `RecordChanged` is told of each.
    """

    record_ids: tuple[str, ...]
