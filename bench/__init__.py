"""Measurements. Each prints what it measured; none of them asserts a time."""
