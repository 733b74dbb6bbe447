"""What a definition of a document type may say, checked key by key.

A definition has only words: phrases are compared as whole words, never as patterns, so that
nothing an officer types can make reading slow. Limits keep a paper's evidence cheap to look for.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast, get_args

from akta.access.roles import DOMAINS, LEVELS
from akta.records.doctypes.tree import TypeTree
from ingest.classify.words import tokens
from ingest.doctypes.loading import LINES, TypeDefinitionError
from ingest.fields.names import SHIPPED, FieldType

#: How much a phrase says, in words, and what that is on the scale of the lexicon: titles, other phrases.
WEIGHTS: Final = {"strong": (9.0, 4.0), "usual": (6.0, 2.0), "weak": (3.0, 1.0)}
MOST_TYPES: Final = 200
_KEYS: Final = (
    *("code", "parent", "domain", "name", "titles", "phrases", "fields", "class", "confidentiality"),
)
_FIELD_KEYS: Final = ("name", "type", "label", "phrases", "sensitive")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")
_CLASS: Final = re.compile(r"[A-Z0-9][A-Z0-9.-]{1,39}")
_MOST_PHRASES: Final = 60
_MOST_FIELDS: Final = 20
_MOST_LABELS: Final = 15
_LONGEST: Final = 80
_MOST_WORDS: Final = 8  # as many are compared at once, see `ingest.classify.evidence`
_DEEPEST: Final = 4

Data = dict[str, Any]


def check(item: Mapping[str, Any], tree: TypeTree, others: Mapping[str, Data]) -> Data:
    """A definition as it is stored: the keys in order, phrases trimmed, nothing that says nothing.

    `tree` is what there is already, `others` are those checked before it in the same file; a parent
    may be among either. Raises TypeDefinitionError that names line and key.
    """
    _only(item, _KEYS, "")
    code = _code(item, tree)
    made: Data = {"code": code}
    made.update(_place(item, code, tree, others))
    made["name"] = _names(item, "name")
    for key in ("titles", "phrases"):
        weighted = _weighted(item, key)
        if weighted:
            made[key] = weighted
    if "titles" not in made and "phrases" not in made:
        raise _wrong(item, "titles", "a type needs titles or phrases, or no paper is ever given it")
    fields = _fields(item, code, tree, others)
    if fields:
        made["fields"] = fields
    if item.get("class") is not None:
        if not isinstance(item["class"], str) or not _CLASS.fullmatch(item["class"]):
            raise _wrong(item, "class", "is the code of a class of the file plan, such as PL-ACC-08")
        made["class"] = item["class"]
    elif "parent" not in made and made["domain"] != "other":
        raise _wrong(item, "class", "a type without a parent needs a class of the file plan")
    level = item.get("confidentiality")
    if level is not None:
        if type(level) is not int or level not in LEVELS:
            raise _wrong(item, "confidentiality", "is 1, 2 or 3")
        made["confidentiality"] = level
    return made


def _code(item: Mapping[str, Any], tree: TypeTree) -> str:
    code = item.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise _wrong(item, "code", "begins with a small letter and has small letters, digits and _ (2 to 40)")
    known = tree.get(code)
    if code in DOMAINS or (known is not None and not known.own):
        raise _wrong(item, "code", f"{code} comes with Akta; choose another code")
    return code


def _place(item: Mapping[str, Any], code: str, tree: TypeTree, others: Mapping[str, Data]) -> Data:
    """The domain of a topmost type, or the parent of a finer one."""
    parent, domain = item.get("parent"), item.get("domain")
    if (parent is None) == (domain is None):
        raise _wrong(
            item, "parent" if parent is not None else "domain", "name a domain or a parent, one of them"
        )
    known = tree.get(code)
    if domain is not None:
        if domain not in DOMAINS:
            raise _wrong(item, "domain", f"is one of {', '.join(DOMAINS)}")
        if known is not None and (known.parent is not None or known.domain != domain):
            raise _wrong(item, "domain", "papers have this type already; its place cannot change")
        return {"domain": domain}
    if not isinstance(parent, str) or (tree.get(parent) is None and parent not in others):
        raise _wrong(item, "parent", f"there is no type '{str(parent)[:40]}'")
    above, steps = parent, 1
    while above in others and steps <= _DEEPEST:
        if "parent" not in others[above]:
            break
        above, steps = str(others[above]["parent"]), steps + 1
        if above == code:
            break
    if code in (parent, above, *tree.path(above)) or steps + len(tree.path(above)) > _DEEPEST:
        raise _wrong(item, "parent", f"the tree has no circles and at most {_DEEPEST} levels")
    if known is not None and known.parent != parent:
        raise _wrong(item, "parent", "papers have this type already; its place cannot change")
    if parent in ("unknown", "archive", "scan_batch", "email"):
        raise _wrong(item, "parent", f"{parent} has no finer kinds")
    return {"parent": parent}


def _names(item: Mapping[str, Any], key: str, path: str = "") -> Data:
    """A text in both languages."""
    given = item.get(key)
    if not isinstance(given, dict):
        raise _wrong(item, key, "is needed in pl and en", path)
    _only(given, ("pl", "en"), f"{path}{key}.")
    for language in ("pl", "en"):
        text = given.get(language)
        if not isinstance(text, str) or not 2 <= len(text.strip()) <= _LONGEST or not text.isprintable():
            raise _wrong(given, language, f"is a text of 2 to {_LONGEST} characters", f"{path}{key}.")
    return {language: " ".join(given[language].split()) for language in ("pl", "en")}


def _weighted(item: Mapping[str, Any], key: str) -> Data:
    given = item.get(key)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise _wrong(item, key, f"is a mapping with {', '.join(WEIGHTS)}, each a list of phrases")
    _only(given, tuple(WEIGHTS), f"{key}.")
    out = {}
    count = 0
    for weight in WEIGHTS:
        if given.get(weight) is None:
            continue
        out[weight] = _phrases(given, weight, f"{key}.", _MOST_PHRASES)
        count += len(out[weight])
    if count > _MOST_PHRASES:
        raise _wrong(item, key, f"has more than {_MOST_PHRASES} phrases")
    return {weight: phrases for weight, phrases in out.items() if phrases}


def _phrases(item: Mapping[str, Any], key: str, path: str, most: int) -> list[str]:
    given = item.get(key)
    if not isinstance(given, list) or len(given) > most:
        raise _wrong(item, key, f"is a list of at most {most} phrases", path)
    out = []
    for phrase in given:
        if not isinstance(phrase, str) or not phrase.isprintable() or len(phrase) > _LONGEST:
            raise _wrong(item, key, f"a phrase is a text of at most {_LONGEST} characters", path)
        words = tokens(phrase)
        if not words or len(words) > _MOST_WORDS or sum(map(len, words)) < 3:
            what = f"'{phrase[:40]}' must have 1 to {_MOST_WORDS} words and at least 3 letters"
            raise _wrong(item, key, what, path)
        out.append(" ".join(phrase.split()))
    return list(dict.fromkeys(out))


def _fields(item: Mapping[str, Any], code: str, tree: TypeTree, others: Mapping[str, Data]) -> list[Data]:
    given = item.get("fields")
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > _MOST_FIELDS:
        raise _wrong(item, "fields", f"is a list of at most {_MOST_FIELDS} fields")
    stored = [t.definition for t in tree.types.values() if t.code != code]
    defined = (f for t in (*stored, *others.values()) for f in t.get("fields", ()))
    own = {f["name"]: f for f in defined if "type" in f}
    out: list[Data] = []
    for field in given:
        if not isinstance(field, dict):
            raise _wrong(item, "fields", "each field is a mapping with a 'name'")
        made = _field(field, own)
        if any(f["name"] == made["name"] for f in out):
            raise _wrong(field, "name", f"{made['name']} stands twice", "fields.")
        out.append(made)
    return out


def _field(field: Mapping[str, Any], own: Mapping[str, Data]) -> Data:
    _only(field, _FIELD_KEYS, "fields.")
    name = field.get("name")
    if not isinstance(name, str) or not _CODE.fullmatch(name):
        what = "begins with a small letter and has small letters, digits and _ (2 to 40)"
        raise _wrong(field, "name", what, "fields.")
    made: Data = {"name": name}
    if name in SHIPPED:
        for key in ("type", "label"):
            if field.get(key) is not None and (key == "label" or field[key] != SHIPPED[name].type):
                raise _wrong(field, key, f"the field {name} comes with Akta and has its own", "fields.")
    else:
        if field.get("type") not in get_args(FieldType):
            raise _wrong(field, "type", f"is one of {', '.join(get_args(FieldType))}", "fields.")
        made["type"] = cast(str, field["type"])
        made["label"] = _names(field, "label", "fields.")
        if name in own and own[name]["type"] != made["type"]:
            raise _wrong(field, "type", f"{name} is a {own[name]['type']} on another type", "fields.")
    sensitive = field.get("sensitive", False)
    if type(sensitive) is not bool:
        raise _wrong(field, "sensitive", "is true or false", "fields.")
    if sensitive:
        made["sensitive"] = True
    made["phrases"] = _phrases(field, "phrases", "fields.", _MOST_LABELS)
    if not made["phrases"]:
        raise _wrong(field, "phrases", "a field needs at least one phrase that stands beside it", "fields.")
    return made


def _only(item: Mapping[str, Any], known: tuple[str, ...], path: str) -> None:
    unknown = [key for key in item if key not in known and key != LINES]
    if unknown:
        raise _wrong(item, str(unknown[0])[:40], f"is not known here; known are {', '.join(known)}", path)


def _wrong(item: Mapping[str, Any], key: str, what: str, path: str = "") -> TypeDefinitionError:
    lines = item.get(LINES) or {}
    line = lines.get(key, lines.get("", 0))
    where = f"line {line}, {path}{key}" if line else f"{path}{key}"
    return TypeDefinitionError(f"{where}: {what}.", line=line, field=f"{path}{key}")
