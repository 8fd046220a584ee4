"""Use cases on the memory store, with a clock that stands still and counted ids."""
