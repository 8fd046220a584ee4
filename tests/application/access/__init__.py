"""Use cases about profiles and API keys."""
