"""The rules of credits: what is held, what burns first, what every line proves."""
