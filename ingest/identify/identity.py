"""The answer of identification."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file is.

    `detail` names it for a person (`Word document with macros`); `charset` is the
    Python name of a text file's encoding where it could be told, else None.
    `root` and `namespace` are those of an XML document's first element.
    """

    media_type: str
    detail: str = ""
    flags: tuple[str, ...] = ()
    charset: str | None = None
    root: str = ""
    namespace: str = ""
