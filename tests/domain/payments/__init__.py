"""Orders, return addresses and the inbox, tried as pure rules."""
