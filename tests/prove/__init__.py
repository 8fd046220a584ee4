"""The long harnesses: crashes, cut lines, restarts and random histories, in large numbers."""
