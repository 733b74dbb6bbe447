"""What a file is, decided by its content."""

from ingest.identify.identify import identify
from ingest.identify.identity import Identity

__all__ = ["Identity", "identify"]
