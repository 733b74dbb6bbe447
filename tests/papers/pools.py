"""Pools of words and sentences, kept in `texts/<name>.<language>.txt`: `== pool`, then one alternative a line."""

from functools import cache
from pathlib import Path


@cache
def pools(name: str, language: str) -> dict[str, tuple[str, ...]]:
    """The pools of a file. Raises FileNotFoundError if there is none."""
    path = Path(__file__).with_name("texts") / f"{name}.{language}.txt"
    found: dict[str, list[str]] = {}
    here: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("== "):
            here = found.setdefault(line[3:].strip(), [])
        elif line.strip():
            here.append(line.strip())
    return {key: tuple(lines) for key, lines in found.items()}
