"""The billing clock where it is virtual: what it shows, and how it is moved."""
