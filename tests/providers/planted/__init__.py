"""Bugs planted on purpose: each must be caught by the harness that is there to catch it."""
