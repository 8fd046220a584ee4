"""The inbox: tried again later each time, set aside in the end, never lost."""

from datetime import timedelta

import pytest

from domain.payments.inbox import TRIES_MAX, InboxStatus
from tests.support.builders.payments import an_inbox_event
from tests.support.clock import NOON


def test_a_failed_event_is_tried_again_later_each_time_and_is_dead_after_twenty_tries() -> None:
    event, now, waits = an_inbox_event(), NOON, []
    while event.status is not InboxStatus.DEAD:
        event = event.failed("no", now)
        if event.next_try_at is not None:
            waits.append((event.next_try_at - now).total_seconds())
            now = event.next_try_at

    assert event.tries == TRIES_MAX == 20
    assert waits[:11] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
    assert set(waits[11:]) == {3600}
    assert event.next_try_at is None
    assert not event.is_settled


def test_a_dead_event_may_be_tried_any_number_of_times() -> None:
    event = an_inbox_event()
    for _ in range(200):
        event = event.failed("no", NOON)

    assert (event.status, event.tries) == (InboxStatus.DEAD, 200)


def test_a_dead_event_is_due_to_nobody_until_it_is_replayed() -> None:
    dead = an_inbox_event(status=InboxStatus.DEAD)

    assert not dead.is_due(NOON + timedelta(days=1))
    assert dead.replayed(NOON).is_due(NOON)


def test_an_error_is_forgotten_when_the_event_is_applied_after_all() -> None:
    failed = an_inbox_event().failed("no", NOON)

    applied = failed.applied(("order 1 paid",), NOON + timedelta(seconds=2))

    assert applied.is_settled
    assert (applied.status, applied.error, applied.next_try_at) == (InboxStatus.APPLIED, None, None)
    assert (applied.tries, applied.effects) == (2, ("order 1 paid",))


def test_an_event_without_effects_was_ignored() -> None:
    assert an_inbox_event().applied((), NOON).status is InboxStatus.IGNORED


def test_an_event_that_is_replayed_begins_anew_and_keeps_what_it_caused() -> None:
    failed = an_inbox_event().applied(("order 1 paid",), NOON).failed("no", NOON)

    replayed = failed.replayed(NOON)
    applied = replayed.applied((), NOON)

    assert (replayed.status, replayed.tries) == (InboxStatus.RECEIVED, 0)
    assert (replayed.error, replayed.next_try_at) == (None, NOON)
    assert (applied.status, applied.effects) == (InboxStatus.APPLIED, ("order 1 paid",))


@pytest.mark.parametrize("status", InboxStatus)
def test_only_what_is_applied_or_ignored_is_settled(status: InboxStatus) -> None:
    is_settled = status in {InboxStatus.APPLIED, InboxStatus.IGNORED}

    assert an_inbox_event(status=status).is_settled is is_settled
