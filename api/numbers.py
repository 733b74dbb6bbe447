"""Whole numbers of a request. Each parameter is one of these: none is beyond what a database counts to."""

from typing import Annotated

from pydantic import Field

#: As far as SQLite and PostgreSQL count (64 bits, signed).
FARTHEST = (1 << 63) - 1

Number = Annotated[int, Field(ge=-FARTHEST, le=FARTHEST)]
