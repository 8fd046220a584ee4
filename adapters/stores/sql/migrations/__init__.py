"""How the schema came to be what it is: one history for both engines."""
