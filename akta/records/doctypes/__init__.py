"""The tree of document types that records are given."""
