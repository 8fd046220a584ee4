"""The contract that every store keeps, tried on each of them."""
