"""SQLite and PostgreSQL: tables, a file per area, and what is peculiar to each engine."""
