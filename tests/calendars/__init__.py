"""Random calendars of subscriptions: what the service does, and what a plain almanac says."""
