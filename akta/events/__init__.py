"""What happened (events) and what must be done about it (jobs), in the transaction of the change."""
