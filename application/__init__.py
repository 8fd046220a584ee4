"""What the service does: use cases, and the ports they ask for."""
