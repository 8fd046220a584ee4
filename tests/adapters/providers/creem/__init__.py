"""The Creem adapter, against Creem's own schemas, samples and vectors."""
