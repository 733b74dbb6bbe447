"""Asking the index for the records that fit, all at once and without their texts."""

from akta.access.principal import Principal
from akta.db.engine import Database
from indexer.parties import with_parties
from indexer.query import parse
from indexer.service import IndexService


def ids_that_fit(
    database: Database, index: IndexService, principal: Principal, text: str, sort: str, most: int
) -> list[str]:
    """The ids of what fits and the principal may see, in order, from one state of the index.

    The caller asks the database again before it shows anything. Raises QueryError.
    """
    with database.read() as session:
        query = with_parties(session, principal, parse(text))
    page = index.engine.search(query, scopes=principal.tokens(), limit=most, sort=sort)
    return [hit.record_id for hit in page.hits]
