"""Parties recognised: what papers say of companies and persons, and which of them are one."""
