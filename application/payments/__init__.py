"""Use cases about orders, checkouts and what providers report."""
