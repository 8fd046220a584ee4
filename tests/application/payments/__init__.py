"""Use cases about orders, payments and provider events."""
