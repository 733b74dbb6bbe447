"""Finding: one query language, one analysis, engines behind one port, and the index kept in step."""
