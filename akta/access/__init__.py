"""Who may do what: accounts, roles, grants, tokens, sessions."""
