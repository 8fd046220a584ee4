"""Services that are wrong on purpose, to show that the harnesses notice."""
