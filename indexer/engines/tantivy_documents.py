"""What tantivy's index has of each document: its schema, documents, tombstones."""

import tantivy

from indexer.engines import forms
from indexer.engines.prepared import Prepared
from indexer.model import IndexDocument


def schema() -> tantivy.Schema:
    """The fields; only id and version are stored."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_unsigned_field("version", stored=True, fast=True)
    builder.add_boolean_field("gone", stored=True, indexed=True)
    builder.add_text_field("scope", tokenizer_name="raw", index_option="basic")
    for name in forms.WORDS:
        builder.add_text_field(name, tokenizer_name="spaces", index_option="position")
    builder.add_text_field("stem", tokenizer_name="spaces", index_option="basic")
    builder.add_text_field("number", tokenizer_name="spaces", index_option="basic")
    builder.add_text_field("part", tokenizer_name="spaces", index_option="basic")
    for name in forms.KEYWORDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in forms.VALUES:
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in forms.SORT_KEYS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    return builder.build()


def made(document: IndexDocument, ready: Prepared) -> tantivy.Document:
    """What the index takes in of a document that was analysed."""
    out = tantivy.Document()
    out.add_text("id", document.record_id)
    out.add_unsigned("version", document.version)
    out.add_boolean("gone", False)
    for scope in document.scopes:
        out.add_text("scope", scope)
    for name, found in ready.words.items():
        out.add_text(name, " ".join(found))
    out.add_text("stem", " ".join(ready.stems))
    out.add_text("number", " ".join(ready.numbers))
    out.add_text("part", " ".join(ready.parts))
    for name, keywords in ready.keywords.items():
        for value in keywords:
            out.add_text(name, value)
    for name, values in ready.values.items():
        for number in values:
            out.add_integer(name, number)
    for name, key in ready.sort_keys.items():
        out.add_text(name, key)
    return out


def tombstone(record_id: str, version: int) -> tantivy.Document:
    """What stays of a removed one, so that no older version of it comes back."""
    made = tantivy.Document()
    made.add_text("id", record_id)
    made.add_unsigned("version", version)
    made.add_boolean("gone", True)
    return made
