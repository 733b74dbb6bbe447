"""A search for a party by one name finds its papers under all names.

What is asked in the field of parties (`vendor:orlen`) is looked up in the register, among the
spellings that the one who asks may see, and the numbers of the leaves found there are asked
for as well. So a merge or its undoing needs no record indexed again, and no spelling is told
through a search to somebody who may not see it.
"""

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.parties.visible import leaves_spelt
from indexer.query import ast

#: So many terms of one query are looked up; more is no question about parties.
_MOST = 8


def with_parties(session: Session, principal: Principal, query: ast.Query) -> ast.Query:
    """The query with the other spellings of the parties it names."""
    budget = [_MOST]
    return _with(session, principal, query, budget)


def _with(session: Session, principal: Principal, query: ast.Query, budget: list[int]) -> ast.Query:
    match query:
        case ast.And(parts):
            return ast.And(tuple(_with(session, principal, p, budget) for p in parts))
        case ast.Or(parts):
            return ast.Or(tuple(_with(session, principal, p, budget) for p in parts))
        case ast.Not(part):
            return ast.Not(_with(session, principal, part, budget))
        case ast.Term(text, "party") | ast.Phrase(text, "party"):
            if not budget[0]:
                return query
            budget[0] -= 1
            prefix = isinstance(query, ast.Term) and query.prefix
            leaves = leaves_spelt(session, principal, text, prefix=prefix)
            return ast.Or((query, *(ast.Term(leaf, "number") for leaf in leaves))) if leaves else query
        case _:
            return query
