"""File plans written back, as YAML and as CSV; reading them again gives the same classes."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import yaml

from retention.rules.language import rule_data, written_trigger
from retention.rules.model import Rule
from retention.rules.workdays import has_holidays
from retention.schedules.building import PlanClass
from retention.schedules.tables import COLUMNS, FLAGS


class _Plain(yaml.SafeDumper):
    """A dumper that never refers back to what it wrote before."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def as_yaml(classes: Sequence[PlanClass]) -> str:
    """The classes as a plan that `parse_plan` reads; zone and country stand once where all agree."""
    if not classes:
        return "jurisdiction: PL\nclasses: []\n"
    rules = [rule for cls in classes for rule in cls.rules]
    jurisdiction = classes[0].jurisdiction
    zone, country = rules[0].zone, rules[0].country
    plan: dict[str, Any] = {"jurisdiction": jurisdiction, "zone": zone, "country": country or "none"}
    plan["classes"] = written = []
    for cls in classes:
        own = {key: value for key, value in cls.source.items() if key not in ("jurisdiction", "rules")}
        if cls.jurisdiction != jurisdiction:
            own["jurisdiction"] = cls.jurisdiction
        if not cls.doc_types:
            del own["doc_types"]
        own["rules"] = [_without(rule, zone, country) for rule in cls.rules]
        written.append(own)
    return yaml.dump(
        plan, Dumper=_Plain, sort_keys=False, allow_unicode=True, default_flow_style=None, width=10_000
    )


def as_csv(classes: Sequence[PlanClass]) -> str:
    """The classes as a table that `read_csv` reads, one line for each rule."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for cls in classes:
        own: dict[str, Any] = {
            "code": cls.code,
            "jurisdiction": cls.jurisdiction,
            "title_pl": cls.title_pl,
            "title_en": cls.title_en,
            "domain": cls.domain,
            "confidentiality": cls.confidentiality,
            "doc_types": "; ".join(cls.doc_types),
        }
        default = cls.jurisdiction if has_holidays(cls.jurisdiction) else ""
        for rule in cls.rules:
            writer.writerow({**own, **_cells(rule, default)})
            own = {"code": cls.code}
    return out.getvalue()


def _without(rule: Rule, zone: str, country: str) -> dict[str, Any]:
    """A rule's data without what the plan says for all, and without what goes without saying."""
    data = rule_data(rule)
    for key, common in (("zone", zone), ("country", country), ("version", 1)):
        if data.get(key) == common:
            del data[key]
    return data


def _cells(rule: Rule, country: str) -> dict[str, Any]:
    data = rule_data(rule)
    cells: dict[str, Any] = {"rule": data.pop("id")}
    note = data.pop("note", None)
    if note:
        cells |= {"note_pl": note["pl"], "note_en": note["en"]}
    trigger = written_trigger(rule.trigger)
    if isinstance(trigger, dict):
        [(choice, names)] = trigger.items()
        data["trigger"] = f"{choice}({', '.join(names)})"
    if data["country"] == country:
        del data["country"]
    elif not data["country"]:
        data["country"] = "none"
    for key, value in data.items():
        if key in FLAGS:
            cells[key] = "yes"
        else:
            cells[key] = "; ".join(value) if isinstance(value, list) else value
    return cells
