"""Records: what Akta keeps, and the one guard that stands before any change or destruction."""
