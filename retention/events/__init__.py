"""Business events: what happened in the company that starts or stops the clock of keeping."""
