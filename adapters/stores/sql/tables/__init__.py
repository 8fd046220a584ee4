"""The tables: unique keys for what may happen once, checks for what must not fall."""
