"""Stripe behind the provider port: hosted checkout, subscriptions, refunds, disputes."""
