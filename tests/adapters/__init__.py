"""How we reach the world, tested against real stores and recorded providers."""
