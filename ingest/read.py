"""From a file to its reading: identify by content, then the one extractor for that format.

Runs in the limited child process. Extractors are imported when first needed, so
that a text file does not load a PDF library (a worker imports all of them before
it forks, see `ingest.sandbox`).
"""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import cast

from ingest.extract.context import Extractor, ReadContext, RefusalError
from ingest.identify import Identity, identify
from ingest.model import FLAGS, Reading, Refusal

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

#: Media type to the module whose `extract` reads it.
EXTRACTORS: dict[str, str] = {
    "application/pdf": "ingest.extract.pdf",
    "image/jpeg": "ingest.extract.image",
    "image/png": "ingest.extract.image",
    "image/tiff": "ingest.extract.image",
    "image/webp": "ingest.extract.image",
    "image/gif": "ingest.extract.image",
    "image/bmp": "ingest.extract.image",
    "image/jp2": "ingest.extract.image",
    "image/heic": "ingest.extract.image",
    "image/avif": "ingest.extract.image",
    f"{_OOXML}.wordprocessingml.document": "ingest.extract.office",
    f"{_OOXML}.spreadsheetml.sheet": "ingest.extract.office",
    f"{_OOXML}.presentationml.presentation": "ingest.extract.office",
    f"{_ODF}.text": "ingest.extract.office",
    f"{_ODF}.spreadsheet": "ingest.extract.office",
    f"{_ODF}.presentation": "ingest.extract.office",
    "application/msword": "ingest.extract.legacy",
    "application/vnd.ms-excel": "ingest.extract.legacy",
    "application/vnd.ms-powerpoint": "ingest.extract.legacy",
    "application/rtf": "ingest.extract.rtf",
    "application/xml": "ingest.extract.xml",
    "application/json": "ingest.extract.json",
    "text/html": "ingest.extract.html",
    "text/csv": "ingest.extract.text",
    "text/plain": "ingest.extract.text",
    "application/hl7-v2": "ingest.extract.hl7",
    "application/x-mt940": "ingest.extract.mt940",
    "message/rfc822": "ingest.extract.mail",
    "application/mbox": "ingest.extract.mail",
    "application/vnd.ms-outlook": "ingest.extract.mail",
    "application/vnd.ms-tnef": "ingest.extract.mail",
    "application/zip": "ingest.extract.archive",
    "application/gzip": "ingest.extract.archive",
    "application/x-tar": "ingest.extract.archive",
}

#: An Office document as a whole encrypted with a password (MS-OFFCRYPTO).
LOCKED_OFFICE = "application/x-ole-encrypted-package"


def read_file(path: Path, context: ReadContext) -> Reading | Refusal:
    """Read the file at `path`; whatever is known to be wrong with it comes back as a Refusal.

    Anything else that a parser throws is left to the caller: the sandbox tells
    it from a refusal (`reader_died`).
    """
    identity = identify(path, context.file_name)
    try:
        if isinstance(identity, Identity) and identity.media_type == LOCKED_OFFICE:
            path, identity = _unlocked(path, context)
        return identity if isinstance(identity, Refusal) else _read(path, identity, context)
    except RefusalError as error:
        return error.refusal


def _unlocked(path: Path, context: ReadContext) -> tuple[Path, Identity | Refusal]:
    from ingest.extract.locked import unlock  # only these files need cryptography

    opened = unlock(path, context)
    identity = identify(opened, context.file_name)
    if isinstance(identity, Identity) and not context.options.password:
        identity = replace(identity, flags=(*identity.flags, "encrypted_open"))
    return opened, identity


def _read(path: Path, identity: Identity, context: ReadContext) -> Reading | Refusal:
    module = EXTRACTORS.get(identity.media_type)
    if module is None:
        return Refusal("unsupported_format", {"detected": identity.detail or identity.media_type})
    context.flags = identity.flags
    context.charset = identity.charset
    result = extractor(module)(path, identity.media_type, context)
    if isinstance(result, Refusal):
        return result
    found = {*identity.flags, *result.flags}
    if result.children:
        found.add("attachments")
    return replace(result, flags=tuple(f for f in FLAGS if f in found))


def extractor(module: str) -> Extractor:
    """The extractor that a module of `EXTRACTORS` holds."""
    return cast(Extractor, import_module(module).extract)
