"""Bytes become an understood record: identify, unpack, read, understand, file, render."""
