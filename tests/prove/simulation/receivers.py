"""Whoever the product's events are sent to: takes them, refuses, hangs, forgets, goes away."""

from datetime import timedelta

from attrs import define, field

from application.ports.events import Answered, Message
from domain.events.delivery import Attempt
from tests.prove.simulation.swarm import Fault, Fortune

_RETRY_AFTER = timedelta(seconds=90)
_GONE_SHARE = 0.02


@define(eq=False, kw_only=True)
class Receivers:
    """All addresses together. `got` is what each was told, by the event's id."""

    fortune: Fortune
    got: dict[tuple[str, str], str] = field(factory=dict)
    attempts: int = 0
    wrong: list[str] = field(factory=list)

    async def __call__(self, message: Message) -> Answered:
        """Take one attempt, in whatever mood."""
        self.attempts += 1
        fortune = self.fortune
        if fortune.strikes(Fault.RECEIVER_HANGS):
            return _answered(message, None, "no answer in time")
        if fortune.strikes(Fault.RECEIVER_REFUSES):
            return _answered(message, 503, None, _RETRY_AFTER)
        if fortune.is_likely(_GONE_SHARE) and fortune.strikes(Fault.RECEIVER_GONE):
            return _answered(message, 410, None)
        self._take(message)
        if fortune.strikes(Fault.RECEIVER_FORGETS):
            return _answered(message, None, "the line was cut")
        return _answered(message, 204, None)

    def check_url(self, url: str) -> None:
        """Accept every address."""

    def _take(self, message: Message) -> None:
        place = (message.url, message.event_id)
        if self.got.setdefault(place, message.payload) != message.payload:
            self.wrong.append(f"event {message.event_id} was told in two ways")


def _answered(
    message: Message,
    status: int | None,
    error: str | None,
    retry_after: timedelta | None = None,
) -> Answered:
    attempt = Attempt(at=message.at, status=status, error=error, answer="", duration_ms=1)
    return Answered(attempt=attempt, retry_after=retry_after)
