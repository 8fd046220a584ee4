"""Databases of every released schema, brought to the present one."""
