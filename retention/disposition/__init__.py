"""Letting go of records whose keeping has ended."""
