"""The HTTP API: what is asked and answered, who is asking, and the document that describes it."""
