"""Tests of the one way to a wallet."""
