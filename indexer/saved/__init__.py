"""Searches that people keep: saved, shared, and watched for news."""
