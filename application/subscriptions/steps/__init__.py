"""Steps that use cases about subscriptions share."""
