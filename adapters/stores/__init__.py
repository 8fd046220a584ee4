"""Where everything is kept: in memory, or in an SQL database."""
