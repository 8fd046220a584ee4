"""Endpoints, delivery, sending again."""
