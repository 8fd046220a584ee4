"""Coupons and check-ins, tried as pure rules."""
