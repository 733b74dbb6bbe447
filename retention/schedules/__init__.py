"""Schedules: classes with their rules as data, in numbered versions."""
