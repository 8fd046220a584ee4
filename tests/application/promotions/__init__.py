"""Use cases about coupons and check-ins."""
