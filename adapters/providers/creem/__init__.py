"""Creem behind the provider port: a seller of record of what was entered there first."""
