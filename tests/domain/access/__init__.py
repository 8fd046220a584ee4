"""Profiles, keys and roles, tried as pure rules."""
