"""Usage that is paid back goes where it came from, and never more than was charged."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.credits.errors import NotUsage, UsageRefundTooLarge
from domain.credits.grant import Grant, GrantSource
from domain.credits.ids import GrantId
from domain.credits.posting import Posting
from domain.credits.proof import WalletProof
from domain.credits.transaction import USAGE_REFUND, Transaction
from domain.credits.usage_refund import GRACE, refund_usage
from domain.credits.wallet import Wallet
from tests.support.builders.credits import SOMEBODY, a_text, grant_terms, granted, spent
from tests.support.clock import NOON, fresh_id

DAY = timedelta(days=1)


def lots_of(*amounts: int, overdraft: int = 0) -> Posting:
    """Return a wallet with lots that expire one day after the other."""
    posting = Posting(wallet=Wallet(account_id=SOMEBODY, overdraft_max=overdraft))
    for day, amount in enumerate(amounts, start=1):
        terms = grant_terms(amount=amount, expires_at=NOON + day * DAY)
        posting = posting.then(granted(posting.wallet, terms))
    return posting


def refunded(
    posting: Posting,
    line: Transaction,
    amount: int | None = None,
    *,
    before: int = 0,
    days: int = 0,
) -> Posting:
    lots = {grant.id: grant for grant in posting.grants}
    return posting.then(
        refund_usage(
            posting.wallet,
            line,
            lots,
            refunded=before,
            amount=amount,
            text=a_text("failed"),
            now=NOON + days * DAY,
            new_id=fresh_id,
        )
    )


def left(posting: Posting) -> list[int]:
    return [grant.remaining for grant in posting.grants]


def is_proved(posting: Posting) -> bool:
    proof = WalletProof(account_id=SOMEBODY)
    for line in posting.transactions:
        proof.read(line)
    proof.close(posting.wallet, posting.grants)
    return not proof.breaches


def lot(posting: Posting, place: int) -> Grant:
    return posting.grants[place]


@given(
    amounts=st.lists(st.integers(1, 20), min_size=1, max_size=5),
    parts=st.lists(st.integers(1, 15), min_size=1, max_size=6),
    data=st.data(),
)
def test_after_every_part_the_lots_stand_as_if_so_much_less_had_been_used(
    amounts: list[int], parts: list[int], data: st.DataObject
) -> None:
    start = lots_of(*amounts)
    used = data.draw(st.integers(1, sum(amounts)))
    posting = start.then(spent(start.wallet, used))
    line = posting.transactions[-1]
    back = 0
    for part in parts:
        if part > used - back:
            with pytest.raises(UsageRefundTooLarge) as refused:
                refunded(posting, line, part, before=back)
            assert refused.value.left == used - back
            continue
        posting = refunded(posting, line, part, before=back)
        back += part
        rest = used - back
        fewer = start.then(spent(start.wallet, rest)) if rest else start
        assert left(posting) == left(fewer)
        assert is_proved(posting)


def test_all_that_is_left_comes_back_once() -> None:
    start = lots_of(10, 20)
    posting = start.then(spent(start.wallet, 15))
    line = posting.transactions[-1]

    posting = refunded(posting, line)

    assert left(posting) == [10, 20]
    assert (posting.transactions[-1].type, posting.transactions[-1].amount) == (USAGE_REFUND, 15)
    assert posting.transactions[-1].cause == f"refund:{line.id}"
    with pytest.raises(UsageRefundTooLarge):
        refunded(posting, line, before=15)


def test_a_lot_whose_time_is_over_gets_a_short_life_once_more() -> None:
    start = lots_of(10)
    posting = start.then(spent(start.wallet, 4))

    posting = refunded(posting, posting.transactions[-1], days=3)

    assert lot(posting, 0).expires_at == NOON + 3 * DAY + GRACE
    assert posting.wallet.available(NOON + 3 * DAY) == 4
    assert posting.wallet.available(NOON + 3 * DAY + GRACE) == 0
    assert is_proved(posting)


@pytest.mark.parametrize(("filled_by", "owed", "left_over"), [(0, 0, 0), (8, 0, 8), (30, 0, 30)])
def test_what_was_owed_for_is_owed_no_longer_or_comes_as_a_lot_of_its_own(
    filled_by: int, owed: int, left_over: int
) -> None:
    start = lots_of(10, overdraft=20)
    posting = start.then(spent(start.wallet, 30))
    line = posting.transactions[-1]
    if filled_by:
        posting = posting.then(granted(posting.wallet, grant_terms(amount=filled_by)))

    posting = refunded(posting, line)

    assert (posting.wallet.overdrawn, posting.wallet.posted) == (owed, 10 + left_over)
    assert is_proved(posting)


def test_a_voided_lot_takes_nothing_back_and_the_customer_keeps_what_was_refunded() -> None:
    start = lots_of(10)
    posting = start.then(spent(start.wallet, 4))
    line = posting.transactions[-1]
    grant_id = GrantId(posting.grants[0].id)
    posting = posting.then(
        posting.wallet.void(grant_id, text=a_text("fraud"), now=NOON, new_id=fresh_id)
    )

    posting = refunded(posting, line)

    assert lot(posting, 0).remaining == 0
    assert (lot(posting, 1).source, lot(posting, 1).remaining) == (GrantSource.USAGE_REFUND, 4)
    assert is_proved(posting)


def test_only_usage_can_be_refunded_as_usage() -> None:
    posting = lots_of(10)

    with pytest.raises(NotUsage):
        refunded(posting, posting.transactions[0])


def test_a_frozen_lot_takes_back_what_it_paid_and_stays_frozen() -> None:
    start = lots_of(10)
    posting = start.then(spent(start.wallet, 4))
    frozen = evolve(posting.grants[0], frozen_at=NOON)
    posting = posting.with_grants([frozen])

    posting = refunded(posting, posting.transactions[-1], days=5)

    assert (lot(posting, 0).remaining, lot(posting, 0).is_frozen) == (10, True)
    assert posting.wallet.available(NOON + 5 * DAY) == 0
