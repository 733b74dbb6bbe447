"""The search engines under test, each opened at a folder that stands for its index.

OpenSearch's index is no folder: the path only gives it a name in the stand-in for a server
(`tests.servers.opensearch`). What happens to files, and to a folder whose writer is killed, is asked of
`FOLDERS` alone.
"""

import atexit
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from indexer.engines.opensearch import OpenSearchEngine
from indexer.engines.opensearch_http import ServerOptions
from indexer.engines.tantivy import TantivyEngine
from indexer.engines.whoosh import WhooshEngine
from indexer.model import SearchEngine
from indexer.query import parse
from indexer.stages import ALL_STAGES, Stages
from tests.servers.opensearch import OpenSearch, opensearch


@cache
def server() -> OpenSearch:
    """The stand-in of this process, started when first asked for."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(opensearch())


def on_server(root: Path, patience: float = 30.0, stages: Stages = ALL_STAGES) -> OpenSearchEngine:
    name = f"akta-{sha256(str(root).encode()).hexdigest()[:16]}"
    return OpenSearchEngine(ServerOptions(server().url, name, patience=patience), stages)


FOLDERS: dict[str, Callable[..., SearchEngine]] = {"tantivy": TantivyEngine, "whoosh": WhooshEngine}
ENGINES: dict[str, Callable[..., SearchEngine]] = {**FOLDERS, "opensearch": on_server}

#: Opens the engine on the test's folder; each call is like another process.
Make = Callable[..., SearchEngine]

#: For what an engine does with files, with processes that write to a folder, and when they are killed.
in_folders = pytest.mark.parametrize("name", sorted(FOLDERS), indirect=True)


def ids(engine: SearchEngine, query: str, scopes: frozenset[str] | None = None) -> set[str]:
    """What is found, which is all that is counted."""
    page = engine.search(parse(query), scopes=scopes, limit=100)
    assert page.total == len(page.hits)
    return {hit.record_id for hit in page.hits}
