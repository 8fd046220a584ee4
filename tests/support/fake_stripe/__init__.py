"""A Stripe of our own for tests: it keeps state, and checks every request by Stripe's schema."""
