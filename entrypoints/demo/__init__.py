"""The demo world: a small business of ninety days, lived through the service's own use cases."""
