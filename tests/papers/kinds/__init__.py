"""Every kind of paper, by what it is about; importing this fills the registry."""

from tests.papers.kinds import (
    cash,
    everyday,
    freight,
    invoices,
    invoices_owed,
    laboratory,
    letters,
    machines,
    orders,
    pay,
    personnel,
    public_forms,
    taxes,
)
from tests.papers.kinds.registry import REGISTRY

__all__ = [
    "REGISTRY",
    "cash",
    "everyday",
    "freight",
    "invoices",
    "invoices_owed",
    "laboratory",
    "letters",
    "machines",
    "orders",
    "pay",
    "personnel",
    "public_forms",
    "taxes",
]
