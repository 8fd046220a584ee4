"""What is peculiar to the SQL stores: schemas, locks, lost connections, and counted statements."""
