"""What a package says of what is in it: METS (what belongs together) and PREMIS (what it is, what happened).

The layout follows the E-ARK common specification (CSIP): `METS.xml`, `metadata/preservation/premis.xml`,
`metadata/descriptive/records.json`, `representations/original/data/…`. It does not claim its profile.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from retention.transfer.bag import Entry

METS: Final = "data/METS.xml"
PREMIS: Final = "data/metadata/preservation/premis.xml"
RECORDS: Final = "data/metadata/descriptive/records.json"
ORIGINALS: Final = "data/representations/original/data"
_UNFIT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_METS_NS: Final = "http://www.loc.gov/METS/"
_XLINK_NS: Final = "http://www.w3.org/1999/xlink"
_PREMIS_NS: Final = "http://www.loc.gov/premis/v3"


@dataclass(frozen=True, slots=True)
class Packed:
    """An original in the package and what is known of its record."""

    entry: Entry
    record: str
    media_type: str
    received_at: str
    facts: dict[str, Any]


def mets(
    package: str, made_at: datetime, packed: Sequence[Packed], besides: Sequence[Entry], maker: str
) -> str:
    """The METS document of a package."""
    described = next(e for e in besides if e.path == RECORDS)
    preserved = next(e for e in besides if e.path == PREMIS)
    more = [e for e in besides if e.path not in (RECORDS, PREMIS)]
    created = made_at.isoformat(timespec="seconds")
    files = "".join(
        f'<file ID="file-{n}" ADMID="premis" {_about(p.entry, p.media_type)}>{_locat(p.entry)}</file>'
        for n, p in enumerate(packed, start=1)
    )
    extra = "".join(
        f'<file ID="extra-{n}" {_about(e, "text/plain")}>{_locat(e)}</file>'
        for n, e in enumerate(more, start=1)
    )
    pointers = "".join(f'<fptr FILEID="file-{n}"/>' for n in range(1, len(packed) + 1))
    extra_pointers = "".join(f'<fptr FILEID="extra-{n}"/>' for n in range(1, len(more) + 1))
    group = f'<fileGrp ID="documentation" USE="Documentation">{extra}</fileGrp>' if more else ""
    division = f'<div LABEL="Documentation">{extra_pointers}</div>' if more else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<mets xmlns="{_METS_NS}" xmlns:xlink="{_XLINK_NS}" OBJID={quoteattr(package)} TYPE="Mixed">'
        f'<metsHdr CREATEDATE="{created}" RECORDSTATUS="NEW"><agent ROLE="CREATOR" TYPE="OTHER" '
        f'OTHERTYPE="SOFTWARE"><name>{_text(maker)}</name></agent></metsHdr>'
        f'<dmdSec ID="records" CREATED="{created}"><mdRef LOCTYPE="URL" MDTYPE="OTHER" '
        f"{_href(described)} {_about(described, 'application/json')}/></dmdSec>"
        f'<amdSec><digiprovMD ID="premis" CREATED="{created}"><mdRef LOCTYPE="URL" MDTYPE="PREMIS" '
        f"{_href(preserved)} {_about(preserved, 'text/xml')}/></digiprovMD></amdSec>"
        f'<fileSec><fileGrp ID="originals" USE="Representations/original">{files}</fileGrp>'
        f'{group}</fileSec><structMap TYPE="PHYSICAL" LABEL="CSIP"><div LABEL={quoteattr(package)}>'
        f'<div LABEL="Metadata" ADMID="premis" DMDID="records"/>'
        f'<div LABEL="Representations/original">{pointers}</div>'
        f"{division}</div></structMap></mets>\n"
    )


def premis(package: str, made_at: datetime, packed: Sequence[Packed], person: str, maker: str) -> str:
    """The PREMIS document of a package: each file with its fixity and receipt, and the package's making."""
    made = made_at.isoformat(timespec="seconds")
    objects = "".join(
        '<object xsi:type="file"><objectIdentifier><objectIdentifierType>akta record'
        f"</objectIdentifierType><objectIdentifierValue>{p.record}</objectIdentifierValue></objectIdentifier>"
        "<objectCharacteristics><fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>"
        f"<messageDigest>{p.entry.sha256}</messageDigest></fixity><size>{p.entry.size}</size>"
        f"<format><formatDesignation><formatName>{_text(p.media_type)}</formatName></formatDesignation></format>"
        f"</objectCharacteristics><originalName>{_text(str(p.facts.get('file_name') or ''))}</originalName>"
        f"</object>"
        for p in packed
    )
    received = "".join(_event(f"received-{p.record}", "ingestion", p.received_at, [p.record]) for p in packed)
    created = _event(package, "information package creation", made, [p.record for p in packed])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<premis xmlns="{_PREMIS_NS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">'
        f"{objects}{received}{created}"
        f"{_agent('akta', maker, 'software')}{_agent('person', person, 'person')}</premis>\n"
    )


def _event(number: str, kind: str, at: str, records: Sequence[str]) -> str:
    linked = "".join(
        "<linkingObjectIdentifier><linkingObjectIdentifierType>akta record</linkingObjectIdentifierType>"
        f"<linkingObjectIdentifierValue>{record}</linkingObjectIdentifierValue></linkingObjectIdentifier>"
        for record in records
    )
    return (
        "<event><eventIdentifier><eventIdentifierType>akta</eventIdentifierType>"
        f"<eventIdentifierValue>{_text(number)}</eventIdentifierValue></eventIdentifier>"
        f"<eventType>{kind}</eventType><eventDateTime>{at}</eventDateTime>"
        "<linkingAgentIdentifier><linkingAgentIdentifierType>akta</linkingAgentIdentifierType>"
        f"<linkingAgentIdentifierValue>akta</linkingAgentIdentifierValue></linkingAgentIdentifier>{linked}</event>"
    )


def _agent(number: str, name: str, kind: str) -> str:
    return (
        "<agent><agentIdentifier><agentIdentifierType>akta</agentIdentifierType>"
        f"<agentIdentifierValue>{number}</agentIdentifierValue></agentIdentifier>"
        f"<agentName>{_text(name)}</agentName><agentType>{kind}</agentType></agent>"
    )


def _about(entry: Entry, media_type: str) -> str:
    return (
        f'MIMETYPE={quoteattr(_clean(media_type))} SIZE="{entry.size}" CHECKSUM="{entry.sha256}" '
        'CHECKSUMTYPE="SHA-256"'
    )


def _href(entry: Entry) -> str:
    """The address of a file from METS.xml, which lies in `data/`."""
    return f'xlink:type="simple" xlink:href={quoteattr(_clean(entry.path.removeprefix("data/")))}'


def _locat(entry: Entry) -> str:
    return f'<FLocat LOCTYPE="URL" {_href(entry)}/>'


def _text(text: str) -> str:
    return _clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return _UNFIT.sub("", text)
