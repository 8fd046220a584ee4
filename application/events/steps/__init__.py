"""Steps by which use cases of every area raise events, in the unit of work that makes them true."""
