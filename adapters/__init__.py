"""How we reach the world: stores, payment providers, the clock and ids."""
