"""What Stripe keeps: its objects and events, as they are found again."""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime

from attrs import define, field

from tests.support.clock import NOON
from tests.support.fake_stripe.faults import missing
from tests.support.fake_stripe.objects import (
    Thing,
    an_event,
    as_sent,
)


@define(kw_only=True)
class StripeRecords:
    """Every object by its id, and every event in the order in which things happened."""

    clock: Callable[[], datetime] = lambda: NOON
    things: dict[str, Thing] = field(factory=dict)
    events: list[Thing] = field(factory=list)
    _counts: dict[str, int] = field(factory=dict)

    @property
    def now(self) -> int:
        """The instant it is at Stripe, in seconds."""
        return int(self.clock().timestamp())

    def new_id(self, prefix: str) -> str:
        """Return an id nobody has."""
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return f"{prefix}_{self._counts[prefix]:06}"

    def add(self, thing: Thing) -> Thing:
        """Keep an object."""
        self.things[thing["id"]] = thing
        return thing

    def get(self, id: str, kind: str, param: str = "id") -> Thing:
        """Return an object of a kind. Raises StripeFault."""
        found = self.things.get(id)
        if found is None or found["object"] != kind:
            raise missing(param)
        return found

    def all_of(self, kind: str) -> list[Thing]:
        """Return the objects of a kind, newest first."""
        return [each for each in reversed(self.things.values()) if each["object"] == kind]

    def emit(self, type: str, thing: Thing, previous: Thing | None = None) -> Thing:
        """Tell of an object as it is now."""
        event = an_event(
            self.new_id("evt"),
            type,
            deepcopy(as_sent(thing)),
            created=self.now,
            previous=previous,
        )
        self.events.append(event)
        return event

    def told(self, type: str) -> Thing:
        """Return the latest event of a type."""
        return next(each for each in reversed(self.events) if each["type"] == type)
