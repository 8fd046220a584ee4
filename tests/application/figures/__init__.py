"""Figures: counted once, and in agreement with the ledger they are counted from."""
