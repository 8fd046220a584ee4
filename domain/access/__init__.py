"""Who may ask: account profiles, API keys, roles, and the record of what admins changed."""
