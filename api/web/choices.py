"""What the drop-downs of a record offer, in the order in which people look for it."""

from typing import Any

from akta.access.roles import DOMAINS
from akta.records.doctypes.current import current
from api.web import labels
from ingest.doctypes.service import in_order
from ingest.extract.options import ReadOptions
from ingest.fields.find import usual_fields
from ingest.fields.forms import wanted_fields
from ingest.fields.names import FIELDS

#: Options of a list know no levels, so finer kinds are set in by spaces that do not fold.
_SET_IN = "\u2003"


def kinds(domain: str | None, doc_type: str | None, language: str) -> list[dict[str, Any]]:
    """The kinds of paper by domain, both by their names; a kind that is not in the table stands first.

    Finer kinds stand under the kind above them, set in; disabled ones are left out.
    """
    tree = current()
    given = [(depth, known) for depth, known in in_order(tree, language) if tree.given(known.code)]
    groups = [
        {
            "label": labels.domain(name, language),
            "options": [
                (f"{name}/{known.code}", _SET_IN * depth + labels.doc_type(known.code, language))
                for depth, known in given
                if known.domain == name
            ],
        }
        for name in _by_label(DOMAINS, language)
    ]
    chosen = f"{domain}/{doc_type}"
    if doc_type and all(value != chosen for group in groups for value, _ in group["options"]):
        own = (chosen, labels.doc_type(doc_type, language))
        groups.insert(0, {"label": labels.domain(domain, language), "options": [own]})
    return groups


def new_fields(doc_type: str | None, have: set[str], language: str) -> list[dict[str, Any]]:
    """The fields a record has not got yet: first those that papers of its kind have."""
    usual = usual_fields(current().top(doc_type)) if doc_type else frozenset()
    usual |= wanted_fields(doc_type, current()).keys() if doc_type else frozenset()
    named = [(name, labels.field(name, language)) for name in FIELDS if name not in have]
    groups = [
        {"usual": True, "options": _sorted([n for n in named if n[0] in usual])},
        {"usual": False, "options": _sorted([n for n in named if n[0] not in usual])},
    ]
    return [group for group in groups if group["options"]]


def _sorted(options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(options, key=lambda option: labels.sort_key(option[1]))


def _by_label(domains: tuple[str, ...], language: str) -> list[str]:
    """The domains by name; what belongs to none comes last."""
    return sorted(domains, key=lambda d: (d == "other", labels.sort_key(labels.domain(d, language))))


def manners(read: ReadOptions, media_type: str | None, language: str) -> dict[str, Any] | None:
    """How a paper of pictures may be read again; None for one whose text stands in the file."""
    if media_type != "application/pdf" and not (media_type or "").startswith("image/"):
        return None
    alone = [(code, labels.tongue(code, language)) for code in read.languages]
    return {
        "languages": alone if len(alone) > 1 else [],
        "text_layer": media_type == "application/pdf",
        "second_reader": read.second_reader,
    }
