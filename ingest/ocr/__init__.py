"""Recognising text on pictures: one port, engines behind it."""
