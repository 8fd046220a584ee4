"""What the product is told about: events, where they go, and how their delivery stands."""
