"""Handing papers over: packages with all that a stranger needs to check and keep them, and receipts."""
