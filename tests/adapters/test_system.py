"""The real clock, ids and secrets keep what their ports promise."""

import re
from datetime import timedelta

from adapters.system import chance, new_id, new_secret, system_clock, system_stopwatch

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def test_the_clock_is_aware_in_utc_and_goes_on() -> None:
    first, second = system_clock(), system_clock()

    assert first.utcoffset() == timedelta(0)
    assert first <= second


def test_the_stopwatch_never_goes_back() -> None:
    seen = [system_stopwatch() for _ in range(1_000)]

    assert seen == sorted(seen)


def test_ids_are_canonical_uuids_that_increase_within_a_process() -> None:
    ids = [new_id() for _ in range(20_000)]

    assert all(_UUID7.fullmatch(each) for each in ids)
    assert ids == sorted(set(ids))


def test_secrets_hold_256_bits_and_never_repeat() -> None:
    secrets = {new_secret() for _ in range(1_000)}

    assert len(secrets) == 1_000
    assert all(_SECRET.fullmatch(each) for each in secrets)


def test_chance_lies_between_nothing_and_one_and_differs() -> None:
    drawn = [chance() for _ in range(1_000)]

    assert all(0 <= each <= 1 for each in drawn)
    assert len(set(drawn)) > 900
