"""Documents for the index, with everything required filled in."""

from datetime import date

from indexer.model import IndexDocument


def paper(record_id: str, version: int = 1, text: str = "", **values: object) -> IndexDocument:
    """A document; anything can be set."""
    return IndexDocument(
        **{  # type: ignore[arg-type]  # tests name the fields they care about
            "record_id": record_id,
            "version": version,
            "scopes": ("accounting/1",),
            "title": "",
            "text": text,
            "domain": "accounting",
            "doc_type": "invoice",
            "state": "filed",
            "language": "pl",
            "parties": (),
            "identifiers": (),
            "amounts": (),
            "total": None,
            "currency": "PLN",
            "document_date": None,
            "due_date": None,
            "received_on": date(2026, 1, 15),
            "keep_until": None,
            "record_class": None,
            "on_hold": False,
            "confidence": 0.9,
            "channel": "upload",
            "file_name": "skan.pdf",
            **values,
        }
    )
