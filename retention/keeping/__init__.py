"""Until when a record is kept, and why."""
