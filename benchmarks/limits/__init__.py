"""What the service is measured against: the same durable work done by hand, and bare HTTP."""
