"""What the provider lists, page by page, newest first: what happened, then what stands."""

from collections.abc import Sequence
from datetime import datetime

from application.ports.provider import Listed
from domain.payments.ids import InboxId
from domain.payments.inbox import InboxEvent
from tests.prove.simulation.provider_books import ProviderBooks
from tests.prove.simulation.provider_records import CHANNEL, Told

_AT_ONCE = 2
_HAPPENED, _STANDS = "happened", "stands"


def page_of(books: ProviderBooks, since: datetime, after: str | None) -> Listed:
    """Return the page behind a position: the last thing that was listed, by its kind and id."""
    kind, _, last = (after or f"{_HAPPENED}:").partition(":")
    if kind == _STANDS:
        return _standing(books, last)
    happened = [told for told in books.told.values() if told.at >= since]
    page, is_last = _behind([told.id for told in reversed(happened)], last)
    events = tuple(event_of(books.told[each]) for each in page)
    return Listed(events=events, next=f"{_STANDS}:" if is_last else f"{_HAPPENED}:{page[-1]}")


def event_of(told: Told) -> InboxEvent:
    """Return an event as it is read, not delivered."""
    return InboxEvent(
        id=InboxId(f"pulled-{told.id}"),
        channel=CHANNEL,
        event_id=told.id,
        type="told",
        body=told.id.encode(),
        received_at=told.at,
        next_try_at=told.at,
    )


def _standing(books: ProviderBooks, last: str) -> Listed:
    page, is_last = _behind([each.id for each in reversed(books.standing.values())], last)
    live = [books.standing[each] for each in page if books.standing[each].is_live]
    return Listed(
        reports=tuple(each.reported() for each in live),
        next=None if is_last else f"{_STANDS}:{page[-1]}",
    )


def _behind(ids: Sequence[str], last: str) -> tuple[Sequence[str], bool]:
    """Return the next few ids behind one, and whether there are no more."""
    left = ids[ids.index(last) + 1 :] if last else ids
    return left[:_AT_ONCE], len(left) <= _AT_ONCE
