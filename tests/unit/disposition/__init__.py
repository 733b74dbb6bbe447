"""Letting go: runs, certificates, packages, the ledger, requests of persons."""
