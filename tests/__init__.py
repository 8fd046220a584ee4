"""Tests mirror the four layers; `support` holds what they are built with."""
