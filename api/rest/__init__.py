"""The REST API under /v1: JSON in and out, problem documents for errors, bearer tokens."""
