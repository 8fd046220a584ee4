"""The catalogue and the life of a subscription, tried as pure rules."""
