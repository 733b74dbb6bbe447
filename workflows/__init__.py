"""Reserved: what a record, an event or a due date sets in motion."""
