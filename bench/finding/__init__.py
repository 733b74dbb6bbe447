"""Finding at a hundred thousand and a million records, through HTTP."""
