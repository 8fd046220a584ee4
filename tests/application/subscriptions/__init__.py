"""Use cases about the catalogue and subscriptions."""
