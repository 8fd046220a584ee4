"""Steps that use cases about coupons and check-ins share."""
