"""Folded words as the papers spell them: the index knows *lodz*, a paper says *Łódź*."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from akta.access.principal import Principal
from akta.records.models import PageText, Record, RecordParty
from akta.records.visibility import visible_to
from indexer.analysis import tokens
from indexer.hidden import hidden_of
from indexer.hits import Offer

#: Of a paper so many pages, and of each page so many characters, are looked through.
_PAGES, _CHARACTERS = 3, 20_000


def spelled(session: Session, principal: Principal, offers: Sequence[Offer]) -> dict[str, str]:
    """The spelling of each offered word, in small letters, on the paper that it stands on.

    Words of papers that the principal may not see, or not any more, are left out, and so are words of a
    paper's sensitive fields. Where the beginning of a paper does not have the word, it stays folded.
    """
    asked = {offer.record_id for offer in offers}
    titles = {
        row.id: row.title
        for row in session.execute(
            select(Record.id, Record.title).where(
                Record.id.in_(asked), Record.state != "destroyed", visible_to(principal)
            )
        )
    }
    texts = {record_id: [title] for record_id, title in titles.items()}
    for record_id, name in session.execute(
        select(RecordParty.record_id, RecordParty.name).where(RecordParty.record_id.in_(titles))
    ):
        texts[record_id].append(name)
    for record_id, text in session.execute(
        select(PageText.record_id, func.substr(PageText.text, 1, _CHARACTERS))
        .where(PageText.record_id.in_(titles), PageText.number <= _PAGES)
        .order_by(PageText.record_id, PageText.number)
    ):
        texts[record_id].append(text)
    hidden = hidden_of(session, texts)
    return {
        offer.word: _found(offer.word, texts[offer.record_id])
        for offer in offers
        if offer.record_id in texts
        and not (offer.record_id in hidden and offer.word in hidden[offer.record_id].words)
    }


def _found(word: str, texts: Iterable[str]) -> str:
    for text in texts:
        for token in tokens(text):
            if token.text == word:
                return text[token.start : token.end].lower()
    return word
