"""The audit log: append-only, chained, written in the transaction of the act."""
