"""The rules of a wallet on every store, against a model that knows nothing of stores."""
