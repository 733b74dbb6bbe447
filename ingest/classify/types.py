"""The document types as the classifier sees them: the topmost ones that come with Akta, and all there are."""

from typing import Final

from akta.access.roles import DOMAINS as _DOMAINS
from akta.records.doctypes.current import current
from akta.records.doctypes.tree import DocType, shipped

#: The topmost types that come with Akta, by code. Finer ones and those an officer defined: `kind_of`.
TYPES: Final[dict[str, DocType]] = {t.code: t for t in shipped().tops()}
DOMAINS: Final = tuple(sorted(_DOMAINS))


def kind_of(code: str | None) -> DocType:
    """Any type there is, at any depth; `unknown` for a code there is not."""
    return current().get(code) or TYPES["unknown"]
