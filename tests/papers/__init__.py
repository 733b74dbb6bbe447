"""Believable back-office papers of our own making, with known truth, the same for the same seed.

>>> paper = generate("invoice", seed=7, language="pl", medium="pdf")
"""

from tests.papers.make import KINDS, generate, languages_for, media_for
from tests.papers.model import MEDIA, Medium, Paper, PlacedWord

__all__ = ["KINDS", "MEDIA", "Medium", "Paper", "PlacedWord", "generate", "languages_for", "media_for"]
