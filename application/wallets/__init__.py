"""The one way to a wallet: what is asked of it, decided in groups, saved and told."""
