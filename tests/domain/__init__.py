"""Rules, without any I/O."""
