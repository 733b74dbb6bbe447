"""Every kind of paper, by what it is about; importing this fills the registry."""

from tests.papers.kinds import invoices, letters
from tests.papers.kinds.registry import REGISTRY

__all__ = ["REGISTRY", "invoices", "letters"]
