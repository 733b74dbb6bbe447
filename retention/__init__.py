"""Keeping and letting go: the file plan, pure rules, holds, disposition."""
