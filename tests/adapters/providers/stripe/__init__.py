"""Stripe's adapter, against Stripe's own schemas and samples and a fake that keeps to them."""
