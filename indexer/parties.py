"""A search for a party by one name finds its papers under all names.

What is asked in the field of parties (`vendor:orlen`) is looked up in the register, among the
spellings that the one who asks may see, and the numbers of the leaves found there are asked
for as well. So a merge or its undoing needs no record indexed again, and no spelling is told
through a search to somebody who may not see it.
"""

from dataclasses import replace

from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.parties.visible import described, leaves_of, leaves_spelt, roots_of
from indexer.hits import SearchPage
from indexer.query import ast

#: So many terms of one query are looked up; more is no question about parties.
_MOST = 8
#: So many parties of a facet are told, with their names.
MOST_TOLD = 30
#: Papers of each that its name is taken from.
_LOOKED_AT = 50


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
            return ast.Or((query, ast.Exact("party_id", tuple(leaves)))) if leaves else query
        case ast.Exact("party_id", ids):
            return ast.Exact("party_id", tuple(leaves_of(session, principal, ids)))
        case _:
            return query


def with_party_names(session: Session, principal: Principal, page: SearchPage) -> SearchPage:
    """The page with its facet of parties by party instead of by leaf, the most named first, and their names.

    A paper that names a party by two of its leaves counts twice.
    """
    roots = roots_of(session, page.facets["party"])
    counts: dict[str, int] = {}
    for leaf, count in page.facets["party"].items():
        if leaf in roots:
            counts[roots[leaf]] = counts.get(roots[leaf], 0) + count
    first = sorted(counts, key=lambda root: (-counts[root], root))[:MOST_TOLD]
    told = described(session, principal, first, most=_LOOKED_AT, numbered=False)
    shown = {root: counts[root] for root in first if told[root]["name"]}
    names = {root: str(told[root]["name"]) for root in shown}
    return replace(page, facets={**page.facets, "party": shown}, names={**page.names, "party": names})
