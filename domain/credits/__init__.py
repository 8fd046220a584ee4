"""Wallets, grants, transactions and allocations: what an account holds and how it got there."""
