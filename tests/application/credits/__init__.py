"""Use cases about wallets and the ledger."""
