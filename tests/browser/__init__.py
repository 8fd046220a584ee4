"""The console in a real browser: every page is walked, and judged as its users would judge it."""
