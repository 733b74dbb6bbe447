"""A query taken apart and put together again asks for the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.query import parse
from indexer.query.ast import And, Exact, Query
from indexer.query.builder import Form, Row, read, write
from indexer.query.parser import QueryError
from indexer.query.pieces import Chooser, begun, closed, pieces

_WORD = st.sampled_from(("orlen", "faktura", "umow*", "faktvra~", "żółw", "x-1", "12:30", "%%%"))
_FIELD = st.sampled_from(
    (
        *("type:faktura", "typ:(faktura OR paragon)", "vendor:orlen", 'party:"Zakład Łódź"', "total:>500"),
        *("kwota:100..200", "date:2026-03", "data: 2026", "due:<2027", "hold:tak", "rok:2026", "total:..5"),
        *("title:umowa", "amount_band:0..100", "confidence:80%", "nr:FV/1"),
    )
)
_PART = st.one_of(_WORD, _FIELD, st.just('"nota korygująca"'), st.just("(a OR b)"), st.just("(c (d OR e))"))
_PIECE = st.builds(str.__add__, st.sampled_from(("", "", "-", "NOT ")), _PART)
_QUERY = st.lists(_PIECE, min_size=1, max_size=6).map(" ".join)
_ODD = st.text('ab "()-:,*OR>.type', max_size=25)


def _parts(tree: Query) -> set[Query]:
    return {p for part in tree.parts for p in _parts(part)} if isinstance(tree, And) else {tree}


def _asks(text: str) -> Query | None:
    try:
        return parse(text)
    except QueryError:
        return None


@given(_QUERY)
def test_what_the_form_reads_it_writes_again(text: str) -> None:
    if _asks(text) is None:
        return
    for language in ("pl", "en"):
        assert _parts(parse(write(read(text), language))) == _parts(parse(text))


@given(_QUERY | _ODD)
def test_a_value_chosen_and_taken_back_leaves_the_query_as_it_was(text: str) -> None:
    tree = _asks(text)
    if tree is None or "type" in Chooser(text).chosen or not text.strip():
        return
    with_type = Chooser(text).toggle("type", "invoice", "typ")
    assert with_type.count("typ:") == closed(text).count("typ:") + 1
    assert Chooser(with_type).chosen["type"] == ("invoice",)
    assert any(isinstance(p, Exact) and "invoice" in p.values for p in _parts(parse(with_type)))
    both = Chooser(with_type).toggle("type", "receipt")
    assert Chooser(both).chosen["type"] == ("invoice", "receipt")
    without = Chooser(with_type).choose("type", ())
    one = Chooser(both).toggle("type", "receipt")
    assert Chooser(one).toggle("type", "invoice") == without
    assert _parts(parse(without)) == _parts(tree)


@given(_ODD)
def test_pieces_and_forms_bear_any_query_that_is_one(text: str) -> None:
    tree = _asks(text)
    if tree is None:
        return
    pieces(text)
    read(text)
    assert _parts(parse(closed(text))) == _parts(tree)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("faktura orlen -paid", Form(words="faktura orlen", without="paid")),
        ('"nota korygująca" NOT x', Form(phrases=("nota korygująca",), without="x")),
        ("orlen OR lotos", Form(any_of="orlen lotos")),
        ("(orlen OR lotos) x", Form(words="x", any_of="orlen lotos")),
        ("total:>=500", Form(rows=(Row("total", "from", "500"),))),
        ("data:2025..2026-03", Form(rows=(Row("date", "between", "2025", "2026-03"),))),
        ("-typ:faktura", Form(rows=(Row("type", "not", "faktura"),))),
        ('vendor:"Stal Pol"', Form(rows=(Row("party", "is", "Stal Pol"),))),
        ("party_id:01a x", Form(words="x", rest="party_id:01a")),
        ("", Form()),
        ("a OR (b c)", Form(rest="(a OR (b c))")),
    ],
)
def test_a_form_shows(text: str, form: Form) -> None:
    assert read(text) == form


def test_a_form_is_written_in_the_words_of_the_language() -> None:
    form = Form(
        words="umowa",
        phrases=("o pracę",),
        any_of="orlen lotos",
        without='paid "do zapłaty"',
        rows=(
            Row("party", "is", "Stal Pol"),
            Row("total", "between", "1 000", "2000"),
            Row("date", "from", ""),
            Row("due", "under", "2027"),
        ),
    )
    polish = 'umowa "o pracę" (orlen OR lotos) -paid -"do zapłaty"'
    polish += ' kontrahent:"Stal Pol" kwota:1000..2000 termin:<2027'
    assert write(form, "pl") == polish
    assert _parts(parse(polish)) == _parts(parse(write(form, "en")))


@pytest.mark.parametrize(
    ("text", "wider"),
    [
        ("fak", "fak*"),
        ("umowa fak", "umowa fak*"),
        ("fak ", None),
        ("a", None),
        ("x OR", None),
        ("nr:FV", None),
    ],
)
def test_a_word_still_being_typed_is_a_beginning(text: str, wider: str | None) -> None:
    assert begun(text) == wider
