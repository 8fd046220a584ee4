"""Orders, payments and what payment providers tell us, in our own words."""
