"""Rows that stand in columns: lines of invoices, entries of statements, results of laboratories."""

from ingest.tables.find import find_tables, is_slow, may_hold_tables
from ingest.tables.model import Cell, Table, as_json, of_json

__all__ = ["Cell", "Table", "as_json", "find_tables", "is_slow", "may_hold_tables", "of_json"]
