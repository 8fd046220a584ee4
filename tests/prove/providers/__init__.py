"""The long part of the proofs about providers: more histories, and every order of events."""
