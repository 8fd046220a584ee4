"""What is true: entities, amounts, rules and refusals, with no I/O, no clock and no framework."""
