"""Taking credits: what is refused, which lots burn first, what a day allows."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from domain.amount import AMOUNT_MAX
from domain.credits.errors import InsufficientCredits, ReservedType, SpendLimitExceeded
from domain.credits.grant import Category, Grant, GrantSource
from domain.credits.posting import Posting
from domain.credits.spend_limit import SpendLimit
from domain.credits.transaction import (
    AI_USAGE,
    MANUAL,
    RESERVED_TYPES,
    Allocation,
    LedgerAccount,
    spend_type,
)
from domain.credits.wallet import Wallet
from domain.errors import InvalidField
from tests.support.builders.credits import (
    SOMEBODY,
    a_grant,
    a_text,
    a_wallet,
    grant_terms,
    granted,
    held,
    spent,
)
from tests.support.clock import NOON, CountedIds

DAY = timedelta(days=1)
A_MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize("amount", [0, -1, AMOUNT_MAX + 1, True, 1.0, "1", None])
def test_an_amount_that_is_not_whole_and_positive_is_refused(amount: Any) -> None:
    with pytest.raises(InvalidField) as refused:
        spent(a_wallet(balance=100), amount)

    assert refused.value.path == "amount"


@pytest.mark.parametrize(
    ("wallet", "available"),
    [
        (a_wallet(), 0),
        (a_wallet(balance=29), 29),
        (held(a_wallet(balance=100), 71).wallet, 29),
        (granted(a_wallet(balance=29), grant_terms(effective_at=NOON + A_MICROSECOND)).wallet, 29),
        (
            granted(
                a_wallet(balance=29, now=NOON - DAY), grant_terms(expires_at=NOON), now=NOON - DAY
            ).wallet,
            29,
        ),
    ],
)
def test_more_than_is_available_is_refused_and_says_how_much_there_is(
    wallet: Wallet, available: int
) -> None:
    with pytest.raises(InsufficientCredits) as refused:
        spent(wallet, 30)

    assert (refused.value.requested, refused.value.available) == (30, available)


@pytest.mark.parametrize("name", ["", "A", "1a", "_a", "a-b", "a b", "ä", "a" * 41, "a\n", "a\x00"])
def test_a_type_that_is_no_slug_is_refused(name: str) -> None:
    with pytest.raises(InvalidField) as refused:
        spend_type(name)

    assert refused.value.path == "type"


@pytest.mark.parametrize("name", sorted(RESERVED_TYPES))
def test_a_type_of_the_service_s_own_is_refused(name: str) -> None:
    with pytest.raises(ReservedType):
        spend_type(name)


@pytest.mark.parametrize("name", ["ai_usage", "a", "image_4k", "a" * 40])
def test_any_other_slug_is_a_type(name: str) -> None:
    assert spend_type(name) == name


def _limited(wallet: Wallet, amount: int, limit: SpendLimit, *, days: float = 0) -> Posting:
    return wallet.spend(
        amount,
        type=AI_USAGE,
        text=a_text(),
        limit=limit,
        now=NOON + days * DAY,
        new_id=CountedIds(),
    )


@pytest.mark.parametrize(
    ("spent_before", "amount", "limit", "refused"),
    [
        (0, 11, SpendLimit(each_max=10), ("each", 10, 11)),
        (0, 11, SpendLimit(day_max=10), ("day", 10, 11)),
        (7, 4, SpendLimit(day_max=10), ("day", 10, 11)),
        (10, 1, SpendLimit(each_max=1, day_max=10), ("day", 10, 11)),
        (0, 11, SpendLimit(each_max=10, day_max=10), ("each", 10, 11)),
    ],
)
def test_more_than_the_caller_may_take_is_refused_whatever_is_there(
    spent_before: int, amount: int, limit: SpendLimit, refused: tuple[str, int, int]
) -> None:
    wallet = a_wallet(balance=20)
    if spent_before:
        wallet = spent(wallet, spent_before).wallet

    with pytest.raises(SpendLimitExceeded) as refusal:
        _limited(wallet, amount, limit)

    assert (refusal.value.limit, refusal.value.allowed, refusal.value.asked) == refused
    assert str(refusal.value.asked) in str(refusal.value)


@pytest.mark.parametrize(
    ("spent_before", "amount", "limit", "days"),
    [
        (0, 10, SpendLimit(each_max=10), 0),
        (0, 10, SpendLimit(day_max=10), 0),
        (6, 4, SpendLimit(day_max=10), 0),
        (10, 10, SpendLimit(day_max=10), 0.5),
        (10, 10, SpendLimit(each_max=10), 0),
    ],
)
def test_as_much_as_the_caller_may_take_in_a_utc_day_is_taken(
    spent_before: int, amount: int, limit: SpendLimit, days: float
) -> None:
    wallet = a_wallet(balance=20)
    if spent_before:
        wallet = spent(wallet, spent_before).wallet

    after = _limited(wallet, amount, limit, days=days).wallet

    assert after.posted == 20 - spent_before - amount


def test_a_refused_spend_does_not_count_towards_the_day() -> None:
    wallet = a_wallet(balance=20)
    with pytest.raises(SpendLimitExceeded):
        _limited(wallet, 11, SpendLimit(day_max=10))

    assert _limited(wallet, 10, SpendLimit(day_max=10)).wallet.spent == 10


def test_a_day_ends_at_midnight_in_utc() -> None:
    limit = SpendLimit(day_max=10)
    before = NOON.replace(hour=23, minute=59, second=59, microsecond=999999)
    wallet = spent(a_wallet(balance=20), 10, now=before).wallet

    with pytest.raises(SpendLimitExceeded):
        wallet.spend(1, type=AI_USAGE, text=a_text(), limit=limit, now=before, new_id=CountedIds())
    midnight = before + A_MICROSECOND
    after = wallet.spend(
        1, type=AI_USAGE, text=a_text(), limit=limit, now=midnight, new_id=CountedIds()
    )
    assert (after.wallet.spent, after.wallet.spent_on) == (1, midnight.date())


def test_what_is_taken_by_hand_does_not_count_towards_the_day() -> None:
    posting = a_wallet(balance=20).spend(
        15,
        type=MANUAL,
        to=LedgerAccount.ADJUSTMENTS,
        text=a_text(),
        limit=SpendLimit(day_max=10),
        now=NOON,
        new_id=CountedIds(),
    )

    assert (posting.wallet.spent, posting.wallet.posted) == (0, 5)
    assert posting.transactions[0].credit is LedgerAccount.ADJUSTMENTS


def test_a_spend_is_one_line_from_the_wallet_to_usage_with_its_allocations() -> None:
    one = granted(a_wallet(), grant_terms(amount=10))
    two = granted(one.wallet, grant_terms(amount=10))
    text = a_text("a picture", '{"model": "x"}')

    posting = two.wallet.spend(
        15, type=spend_type("image"), text=text, cause="job:1", now=NOON, new_id=CountedIds()
    )

    (line,) = posting.transactions
    assert (line.debit, line.credit) == (LedgerAccount.WALLET, LedgerAccount.USAGE)
    assert (line.type, line.amount, line.signed, line.balance_after) == ("image", 15, -15, 5)
    assert (line.seq, line.cause, line.text, line.text_digest) == (3, "job:1", text, text.digest())
    assert line.allocations == (
        Allocation(one.grants[0].id, 10),
        Allocation(two.grants[0].id, 5),
    )
    assert [grant.remaining for grant in posting.grants] == [0, 5]
    assert [grant.remaining for grant in posting.wallet.grants] == [5]


FIRST = a_grant(id="b")

# Each pair differs in the point named and, behind it, in points that would turn the order around.
BURN_ORDER: dict[str, tuple[Grant, Grant]] = {
    "the lower priority number": (
        evolve(FIRST, priority=9, created_at=NOON + DAY, category=Category.PAID),
        evolve(FIRST, priority=10, expires_at=NOON + DAY, category=Category.EARNED),
    ),
    "the sooner expiry": (
        evolve(FIRST, expires_at=NOON + DAY, created_at=NOON + DAY, category=Category.PAID),
        evolve(FIRST, expires_at=NOON + DAY + A_MICROSECOND, category=Category.EARNED),
    ),
    "an expiry before none": (
        evolve(FIRST, expires_at=NOON + 9999 * DAY, category=Category.PAID),
        evolve(FIRST, expires_at=None, category=Category.EARNED),
    ),
    "earned before paid": (
        evolve(FIRST, category=Category.EARNED, created_at=NOON + DAY),
        evolve(FIRST, category=Category.PAID),
    ),
    "given before included": (
        evolve(FIRST, category=Category.PROMOTIONAL, created_at=NOON + DAY),
        evolve(FIRST, category=Category.INCLUDED),
    ),
    "the older of given and earned": (
        evolve(FIRST, category=Category.PROMOTIONAL, id=a_grant(id="z").id),
        evolve(FIRST, category=Category.EARNED, created_at=NOON + A_MICROSECOND),
    ),
    "the older of paid and included": (
        evolve(FIRST, category=Category.PAID, id=a_grant(id="z").id),
        evolve(FIRST, category=Category.INCLUDED, created_at=NOON + A_MICROSECOND),
    ),
    "the lower id": (evolve(FIRST, id=a_grant(id="a").id), FIRST),
}


@pytest.mark.parametrize("rule", BURN_ORDER)
def test_a_lot_burns_before_another_by(rule: str) -> None:
    first, second = BURN_ORDER[rule]

    assert first.burns < second.burns


@pytest.mark.parametrize("rule", BURN_ORDER)
def test_a_wallet_spends_first_the_lot_that_burns_first_in_whatever_order_they_came(
    rule: str,
) -> None:
    first, second = (evolve(lot, amount=10, remaining=10) for lot in BURN_ORDER[rule])
    if first.id == second.id:
        second = evolve(second, id=a_grant(id="c").id)
    empty = Posting(wallet=Wallet(account_id=SOMEBODY, posted=20))

    for order in ((first, second), (second, first)):
        wallet = empty.with_grants(order[:1]).with_grants(order[1:]).wallet
        (line,) = spent(wallet, 11, now=NOON).transactions
        assert line.allocations == (Allocation(first.id, 10), Allocation(second.id, 1))


def test_lots_that_are_over_or_wait_are_passed_by() -> None:
    wallet = a_wallet(balance=10, now=NOON - DAY)
    for terms in (
        grant_terms(priority=1, expires_at=NOON),
        grant_terms(priority=2, effective_at=NOON + DAY),
        grant_terms(amount=5, priority=3, source=GrantSource.CHECK_IN),
    ):
        wallet = granted(wallet, terms, now=NOON - DAY).wallet

    spend = spent(wallet, 12).transactions[-1]

    assert [allocation.amount for allocation in spend.allocations] == [5, 7]
