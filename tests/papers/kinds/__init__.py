"""Every kind of paper, by what it is about; importing this fills the registry."""

from tests.papers.kinds import (
    cash,
    freight,
    invoices,
    laboratory,
    letters,
    machines,
    orders,
    pay,
    personnel,
    taxes,
)
from tests.papers.kinds.registry import REGISTRY

__all__ = [
    "REGISTRY",
    "cash",
    "freight",
    "invoices",
    "laboratory",
    "letters",
    "machines",
    "orders",
    "pay",
    "personnel",
    "taxes",
]
