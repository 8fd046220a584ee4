"""What use cases about the virtual clock share."""
