"""Definitions of document types from YAML, as plain data that remembers where each key stood."""

from typing import Any, Final

import yaml

from akta.kernel.errors import AktaError
from akta.kernel.text import UNFIT, is_fit

LINES: Final = "__lines__"
_MOST_BYTES: Final = 256 * 1024
_DEEPEST: Final = 12


class TypeDefinitionError(AktaError):
    """A definition makes no sense; the message names line and key."""

    code = "type_invalid"


class _Lines(yaml.SafeLoader):
    """Remembers the line of each key; knows no aliases, by which a short text becomes a huge one."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise TypeDefinitionError(f"line {line}: references (*name) are not known here.", line=line)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise TypeDefinitionError("There are too many brackets within brackets.")
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _mapping(loader: _Lines, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    lines: dict[str, int] = {"": node.start_mark.line + 1}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise TypeDefinitionError(f"line {line}: a key is a word.", line=line)
        if key in made:
            raise TypeDefinitionError(f"line {line}, {key[:40]}: stands twice.", line=line, field=key[:40])
        made[key] = loader.construct_object(value_node, deep=True)
        lines[key] = line
    made[LINES] = lines
    return made


def _text(loader: _Lines, node: yaml.ScalarNode) -> str:
    value = str(loader.construct_scalar(node))
    if not is_fit(value):
        line = node.start_mark.line + 1
        raise TypeDefinitionError(f"line {line}: {UNFIT}.", line=line)
    return value


_Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG, _text)


def read_types(text: str) -> list[dict[str, Any]]:
    """The items under `types` of a YAML text, not checked yet. Raises TypeDefinitionError."""
    if len(text.encode("utf-8", "replace")) > _MOST_BYTES:
        raise TypeDefinitionError(f"The text is longer than {_MOST_BYTES // 1024} KiB.")
    try:
        data = yaml.load(text, _Lines)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        said = getattr(error, "problem", None) or "it has characters that YAML does not know"
        raise TypeDefinitionError(f"line {line}: this is not YAML ({said}).", line=line) from error
    except RecursionError as error:
        raise TypeDefinitionError("There are too many brackets within brackets.") from error
    except (ValueError, OverflowError, TypeError, LookupError, AttributeError) as error:
        # A value that is none of the kind it is said to be, such as `!!bool x`.
        raise TypeDefinitionError(f"This is not YAML ({error}).") from error
    items = data.get("types") if isinstance(data, dict) else None
    if not isinstance(items, list) or not items:
        raise TypeDefinitionError("line 1, types: a list of types named 'types' is needed.", line=1)
    for item in items:
        if not isinstance(item, dict):
            raise TypeDefinitionError("line 1, types: each type is a mapping with a 'code'.", line=1)
    return items


def written(items: list[dict[str, Any]]) -> str:
    """Definitions as YAML that `read_types` reads."""
    return yaml.safe_dump({"types": items}, allow_unicode=True, sort_keys=False, width=110)
