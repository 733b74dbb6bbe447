"""The database: engine, sessions, base model. One schema for SQLite and PostgreSQL."""
