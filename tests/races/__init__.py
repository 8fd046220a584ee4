"""Many callers at once, against real service processes: exactly as much happens as may."""
