"""The store that lives in the process: a real one, without durability, for tests and demos."""
