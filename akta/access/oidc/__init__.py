"""Signing in through an OpenID Connect provider (docs/decisions/0044)."""
