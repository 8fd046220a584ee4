"""Coupons and discounts; check-ins, streaks and their rewards."""
