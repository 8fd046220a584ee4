"""Whole lives of the service in one process: a virtual clock, seeded chance, faulty ports."""
