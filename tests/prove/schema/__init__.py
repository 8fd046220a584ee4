"""Requests made out of the OpenAPI document, by the thousand, against the real service."""
