"""Ids of the events area."""

from typing import NewType

EventId = NewType("EventId", str)
"""Names an outgoing event; the same in every attempt to deliver it, and without a dot."""

EndpointId = NewType("EndpointId", str)
