"""What the interpreter of a measured service reads first."""
