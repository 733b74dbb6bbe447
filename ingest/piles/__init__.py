"""Piles: one scan of many papers, where each begins, and how its pages are put together anew."""
