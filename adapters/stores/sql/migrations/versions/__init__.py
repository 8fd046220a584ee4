"""The steps of the schema, each run once, in order."""
