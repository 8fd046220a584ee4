"""Figures over all areas: counted by day in the background, read by whoever asks how things go."""
