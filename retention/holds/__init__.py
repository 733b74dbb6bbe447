"""Legal holds: while one covers a record, nothing can change or destroy it."""
