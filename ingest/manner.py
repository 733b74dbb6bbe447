"""How a paper is to be read when a person asks for it again, other than Akta would by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Self

from akta.kernel.errors import InvalidError
from ingest.extract.options import ReadOptions

SecondReader = Literal["doubt", "always", "never"]
SECOND_READER: Final[tuple[SecondReader, ...]] = ("doubt", "always", "never")
#: How many times larger the picture of a page is made before small print on it is read.
_LARGER: Final = 1.5


@dataclass(frozen=True, slots=True)
class Manner:
    """What a person chose; what is left as it is here is done as always.

    Attributes:
        languages: Tesseract's codes, some of those this archive reads; empty: all of them.
        ignore_text_layer: every page of a PDF is recognised from its picture.
        second_reader: the neural reader is asked in doubt, for every page that is recognised, or never.
        one_column: the page is one block of text, as a till receipt is, whatever its shape.
        enlarge: the picture is made larger first, for print of under eight points.
    """

    languages: tuple[str, ...] = ()
    ignore_text_layer: bool = False
    second_reader: SecondReader = "doubt"
    one_column: bool = False
    enlarge: bool = False

    def check(self, read: ReadOptions) -> Self:
        """Itself if it can be done with these options. Raises InvalidError."""
        unknown = [code for code in self.languages if code not in read.languages]
        if unknown:
            raise InvalidError(
                f"This archive reads {', '.join(read.languages)}, not {', '.join(unknown)[:60]}.",
                languages=list(self.languages)[:20],
            )
        if self.second_reader == "always" and not read.second_reader:
            raise InvalidError("The second reader is switched off here.")
        return self

    def applied(self, read: ReadOptions) -> ReadOptions:
        """The options with what was chosen."""
        return replace(
            read,
            languages=tuple(c for c in read.languages if c in self.languages) or read.languages,
            ignore_text_layer=self.ignore_text_layer,
            second_reader=read.second_reader and self.second_reader != "never",
            second_always=self.second_reader == "always",
            one_column=self.one_column,
            enlarge=_LARGER if self.enlarge else 1.0,
        )

    def as_payload(self) -> dict[str, Any]:
        """What differs from how Akta always reads, for a job and the audit log."""
        usual = type(self)()
        chosen = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in chosen.items()
            if value != getattr(usual, name)
        }

    @classmethod
    def of_payload(cls, payload: Mapping[str, Any] | None) -> Self:
        """From `as_payload`; what is not known here is left out."""
        known = {name: value for name, value in (payload or {}).items() if name in cls.__slots__}
        if "languages" in known:
            known["languages"] = tuple(known["languages"])
        return cls(**known)
