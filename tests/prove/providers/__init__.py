"""The long part of the proofs about providers: histories, orders of events, mishaps."""
