"""Use cases about accounts, API keys and the audit log."""
