"""What the drop-downs of a record offer, in the order in which people look for it."""

from typing import Any

from akta.access.roles import DOMAINS
from api.web import labels
from ingest.classify.types import TYPES
from ingest.extract.options import ReadOptions
from ingest.fields.find import usual_fields
from ingest.fields.names import FIELDS


def kinds(domain: str | None, doc_type: str | None, language: str) -> list[dict[str, Any]]:
    """The kinds of paper by domain, both by their names; a kind that is not in the table stands first."""
    groups = [
        {
            "label": labels.domain(name, language),
            "options": _sorted(
                [
                    (f"{name}/{known.code}", labels.doc_type(known.code, language))
                    for known in TYPES.values()
                    if known.domain == name
                ]
            ),
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
    usual = usual_fields(doc_type) if doc_type else frozenset()
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
