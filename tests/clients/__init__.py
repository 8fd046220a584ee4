"""The clients that a product copies, against a running service."""
