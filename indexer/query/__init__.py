"""The query language: what people type becomes a tree."""

from indexer.query.ast import Query
from indexer.query.parser import QueryError, parse

__all__ = ["Query", "QueryError", "parse"]
