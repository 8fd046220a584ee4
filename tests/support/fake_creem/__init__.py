"""A Creem of our own: it keeps books, judges every request by Creem's own schemas, and tells."""
