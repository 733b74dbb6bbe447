"""The pages of administrators: people, roles, tokens, jobs, health, versions of the model."""
