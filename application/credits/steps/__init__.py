"""Steps that use cases about credits share."""
