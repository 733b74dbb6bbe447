"""Akta: the ground floor on which ingest, indexer, retention and workflows stand."""

VERSION = "0.1.0"
