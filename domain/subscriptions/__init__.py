"""The catalogue of what is sold, and the life of a subscription."""
