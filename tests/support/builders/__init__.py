"""Builders: each gives a valid thing with ids of its own, and lets the test say what matters."""
