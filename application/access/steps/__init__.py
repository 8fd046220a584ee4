"""Steps that every area shares with access: the audit log, and the names of an account."""
