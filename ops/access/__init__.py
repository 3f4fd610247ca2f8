"""Who may do what: roles, users, passwords, sessions, tokens, limits of logins, OpenID Connect. No HTTP."""
