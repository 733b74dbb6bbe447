"""HL7 FHIR (R4, R5) laboratory resources in JSON or XML: reports, observations, orders, or a Bundle."""

from collections.abc import Iterator
from typing import Any, Final

from ingest.extract.einvoice.paper import local
from ingest.extract.lab_words import is_polish, say
from ingest.extract.layout import Lines
from ingest.model import Structured

_TYPES: Final = {"DiagnosticReport": "lab_report", "Observation": "lab_report", "ServiceRequest": "lab_order"}
_MOST: Final = 20_000
_DEEPEST: Final = 60
NAMESPACE: Final = "http://hl7.org/fhir"
_NORMAL: Final = frozenset(["N", ""])


def fhir_facts(value: Any) -> Structured | None:
    """The fields of a FHIR laboratory resource or bundle; None if `value` is not one."""
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        return None
    root = value["resourceType"]
    resources = list(_resources(value))
    by_type: dict[str, list[dict[str, Any]]] = {}
    for resource in resources:
        by_type.setdefault(str(resource.get("resourceType")), []).append(resource)
    main = next((by_type[t][0] for t in _TYPES if t in by_type), None)
    if main is None:
        return Structured("FHIR", root)
    observations = by_type.get("Observation", [])
    reports = by_type.get("DiagnosticReport", []) or by_type.get("ServiceRequest", [])
    tests = [_concept(r.get("code")) for r in (reports or observations)]
    patients = by_type.get("Patient", [])
    fields = {
        "syntax": "FHIR",
        "root": root,
        "document_number": _identifier(main) or str(main.get("id") or ""),
        "date": next(
            (str(main[k]) for k in ("effectiveDateTime", "issued", "authoredOn") if main.get(k)), ""
        ),
        "patient": _name(patients[0]) if patients else _shown(main.get("subject")),
        "patient_id": _identifier(patients[0]) if patients else "",
        "birth_date": str(patients[0].get("birthDate") or "") if patients else "",
        "sending_facility": next((_shown(p) for p in _list(main.get("performer")) if _shown(p)), "")
        or next((str(o.get("name") or "") for o in by_type.get("Organization", [])), ""),
        "ordering_provider": _shown(main.get("requester")),
        "result_status": str(main.get("status") or ""),
        "tests": "; ".join(dict.fromkeys(t for t in tests if t))[:2000],
        "analytes": "; ".join(dict.fromkeys(t for t in map(_observed, observations) if t))[:2000],
        "obx": str(len(observations)),
        "abnormal_flags": str(sum(1 for o in observations if _flag(o) not in _NORMAL)),
    }
    doc_type = _TYPES[str(main["resourceType"])]
    return Structured("FHIR", root, {k: v for k, v in fields.items() if v}, "lab", doc_type)


def write_fhir(value: Any, lines: Lines) -> None:
    """The results as a table that people read."""
    structured = fhir_facts(value)
    if structured is None or not structured.fields:
        return
    polish = is_polish(" ".join(structured.fields.values()))
    sheet = lines.sheet()
    title = "Laboratory report" if structured.doc_type == "lab_report" else "Laboratory order"
    sheet.add(say(title, polish))
    named = (
        ("Patient", "patient"),
        ("Patient number", "patient_id"),
        ("Date of birth", "birth_date"),
        ("Date", "date"),
        ("Laboratory", "sending_facility"),
        ("Ordered by", "ordering_provider"),
        ("Tests", "tests"),
        ("Status", "result_status"),
    )
    sheet.pairs((say(label, polish), structured.fields.get(name, "")) for label, name in named)
    rows = []
    for resource in _resources(value):
        if resource.get("resourceType") != "Observation":
            continue
        parts = [resource, *(c for c in _list(resource.get("component")) if isinstance(c, dict))]
        rows += [[_observed(p), _value(p), _range(p), _flag(p)] for p in parts]
    if rows:
        sheet.table([[say(name, polish) for name in ("Test", "Result", "Reference", "Flag")], *rows])
    for resource in _resources(value):
        if isinstance(resource.get("conclusion"), str):
            sheet.add()
            sheet.add(f"{say('Conclusion', polish)}: {resource['conclusion']}")


def _resources(value: Any) -> Iterator[dict[str, Any]]:
    """The resource itself, the entries of a bundle, and resources contained in them."""
    stack, count = [value], 0
    while stack and count < _MOST:
        item = stack.pop()
        if not isinstance(item, dict):
            continue
        count += 1
        if item.get("resourceType") == "Bundle":
            entries = [e.get("resource") for e in _list(item.get("entry")) if isinstance(e, dict)]
            stack.extend(reversed(entries))
            continue
        stack.extend(reversed(_list(item.get("contained"))))
        yield item


def _list(value: Any) -> list[Any]:
    """Elements that repeat; XML does not tell one that may repeat from one that may not."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def fhir_of_xml(root: Any) -> Any:
    """The JSON form of a resource in XML (HL7 FHIR, 2.6.1), as far as `fhir_facts` looks at it.

    Numbers stay text. Attributes other than `value` and narrative are left out.
    """
    return {"resourceType": local(root), **_inner(root, 0)}


def _inner(element: Any, depth: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for child in element if depth < _DEEPEST else ():
        name = local(child)
        if not name or name == "div":
            continue
        if name in ("resource", "contained") and len(child):
            value: Any = {"resourceType": local(child[0]), **_inner(child[0], depth + 1)}
        else:
            value = child.get("value") if not len(child) else _inner(child, depth + 1)
        if name not in out:
            out[name] = value
        elif isinstance(out[name], list):
            out[name].append(value)
        else:
            out[name] = [out[name], value]
    return out


def _concept(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    codings = [c for c in _list(value.get("coding")) if isinstance(c, dict)]
    shown = next((c.get("display") for c in codings if c.get("display")), None)
    return str(value.get("text") or shown or next((c.get("code") for c in codings), "") or "")


def _observed(resource: dict[str, Any]) -> str:
    return _concept(resource.get("code"))


def _shown(reference: Any) -> str:
    return str(reference.get("display") or "") if isinstance(reference, dict) else ""


def _identifier(resource: dict[str, Any]) -> str:
    return next(
        (
            str(i["value"])
            for i in _list(resource.get("identifier"))
            if isinstance(i, dict) and i.get("value")
        ),
        "",
    )


def _name(patient: dict[str, Any]) -> str:
    for name in _list(patient.get("name")):
        if isinstance(name, dict):
            given = " ".join(str(g) for g in _list(name.get("given")))
            whole = " ".join(filter(None, (given, str(name.get("family") or ""))))
            return str(name.get("text") or whole)
    return ""


def _quantity(value: Any) -> str:
    if not isinstance(value, dict) or value.get("value") is None:
        return ""
    sign = str(value.get("comparator") or "")
    return f"{sign}{value['value']} {value.get('unit') or value.get('code') or ''}".strip()


def _value(resource: dict[str, Any]) -> str:
    if "valueQuantity" in resource:
        return _quantity(resource["valueQuantity"])
    if "valueCodeableConcept" in resource:
        return _concept(resource["valueCodeableConcept"])
    simple = next(
        (v for k, v in resource.items() if k.startswith("value") and isinstance(v, str | int | float)), ""
    )
    return str(simple)


def _range(resource: dict[str, Any]) -> str:
    for found in _list(resource.get("referenceRange")):
        if isinstance(found, dict):
            low, high = _quantity(found.get("low")), _quantity(found.get("high"))
            return str(found.get("text") or " - ".join(filter(None, (low, high))))
    return ""


def _flag(resource: dict[str, Any]) -> str:
    for concept in _list(resource.get("interpretation")):
        if isinstance(concept, dict):
            codes = [c.get("code") for c in _list(concept.get("coding")) if isinstance(c, dict)]
            return str(next((c for c in codes if c), "") or concept.get("text") or "")
    return ""
