"""Identifiers, clock and errors. Standard library only."""
