"""Use cases of events out: endpoints, delivery, looking them up, sending them again."""
