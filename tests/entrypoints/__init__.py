"""Whole stories over HTTP, and the parts of the edge one by one."""
