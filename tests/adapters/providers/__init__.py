"""The contract that every payment provider keeps, and what is each one's own."""
