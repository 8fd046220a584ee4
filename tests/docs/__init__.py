"""Tests that keep the documentation true: its numbers, its tables, its links, its examples."""
