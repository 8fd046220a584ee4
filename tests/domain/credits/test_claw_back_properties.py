"""Whatever comes in whatever order: the ledger is proved, and claims are what the money says."""

import random
from collections.abc import Iterator

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.credits.claw_back import Shortfall
from tests.domain.credits.claimed_books import Books

CAUSES = ("order:1", "order:2", "order:3")


@frozen
class Grant:
    """Grant a lot for one of the payments; None is for ever."""

    cause: int
    amount: int
    paid: int
    days: int | None


@frozen
class Spend:
    """Spend so much, or what there is of it."""

    amount: int


@frozen
class PayBack:
    """Pay back so much of the usage that was spent last, as far as that was not done."""

    amount: int


@frozen
class GoBack:
    """Let a share of a payment, in thousandths, have gone back in all."""

    cause: int
    thousandths: int


@frozen
class Dispute:
    """Let a dispute about a payment be open, or over."""

    cause: int
    is_open: bool


@frozen
class Wait:
    """Let days pass, and perhaps let the worker post what they decided."""

    days: int
    is_swept: bool


Step = Grant | Spend | PayBack | GoBack | Dispute | Wait


def done(books: Books, step: Step) -> None:
    match step:
        case Grant(cause=cause, amount=amount, paid=paid, days=days):
            books.grants(amount, CAUSES[cause], paid=paid, days=days)
        case Spend(amount=amount):
            books.spends(amount)
        case PayBack(amount=amount):
            books.pays_usage_back(amount)
        case GoBack(cause=cause, thousandths=thousandths):
            payment = books.payments.get(CAUSES[cause])
            if payment is not None:
                books.goes_back(payment.whole * thousandths // 1000, CAUSES[cause])
                assert books.is_settled(CAUSES[cause])
        case Dispute(cause=cause, is_open=is_open):
            payment = books.payments.get(CAUSES[cause])
            if payment is not None:
                books.goes_back(payment.part, CAUSES[cause], is_disputed=is_open)
        case Wait(days=days, is_swept=is_swept):
            books.passes(days=days)
            if is_swept:
                books.sweeps()
    books.agree()
    assert books.wallet.overdrawn >= 0
    assert books.available >= 0


def lived(books: Books, steps: list[Step]) -> None:
    """Take every step, prove the ledger, and undo everything."""
    for step in steps:
        done(books, step)
    assert books.is_proved()
    undone(books)


def undone(books: Books) -> None:
    """Let all money come back: nothing is claimed any more, and the balance rises by as much."""
    for cause, payment in books.payments.items():
        books.sweeps()
        before, taken = books.balance, payment.taken
        books.goes_back(0, cause, is_disputed=False)
        assert payment.claims == ()
        assert books.balance == before + taken
        books.agree()
    assert books.wallet.overdrawn == 0
    assert not any(grant.is_frozen for grant in books.wallet.grants)
    assert books.is_proved()


CAUSE = st.integers(0, 2)
STEPS = st.lists(
    st.one_of(
        st.builds(
            Grant,
            CAUSE,
            st.integers(1, 120),
            st.integers(1, 700),
            st.one_of(st.none(), st.integers(1, 40)),
        ),
        st.builds(Spend, st.integers(1, 150)),
        st.builds(PayBack, st.integers(1, 150)),
        st.builds(GoBack, CAUSE, st.one_of(st.just(1000), st.just(0), st.integers(0, 1000))),
        st.builds(Dispute, CAUSE, st.booleans()),
        st.builds(Wait, st.integers(0, 30), st.booleans()),
    ),
    max_size=25,
)


@given(steps=STEPS, shortfall=st.sampled_from(Shortfall))
@settings(max_examples=400, deadline=None)
def test_any_life_of_a_wallet_is_proved_and_can_be_undone(
    steps: list[Step], shortfall: Shortfall
) -> None:
    lived(Books(shortfall=shortfall), steps)


@pytest.mark.parametrize("shortfall", Shortfall)
def test_many_lives_of_wallets_are_proved_and_can_be_undone(shortfall: Shortfall) -> None:
    for seed in range(250):
        chance = random.Random(f"{shortfall.value} {seed}")
        lived(Books(shortfall=shortfall), list(_life(chance, steps=40)))


def _life(chance: random.Random, *, steps: int) -> Iterator[Step]:
    for _ in range(steps):
        kind, cause = chance.random(), chance.randint(0, 2)
        if kind < 0.2:
            days = chance.choice([None, chance.randint(1, 40)])
            yield Grant(cause, chance.randint(1, 120), chance.randint(1, 700), days)
        elif kind < 0.45:
            yield Spend(chance.randint(1, 150))
        elif kind < 0.53:
            yield PayBack(chance.randint(1, 150))
        elif kind < 0.77:
            yield GoBack(cause, chance.choice([0, 1000, chance.randint(0, 1000)]))
        elif kind < 0.85:
            yield Dispute(cause, chance.random() < 0.5)
        else:
            yield Wait(chance.randint(0, 30), chance.random() < 0.5)


@given(
    amount=st.integers(1, 10_000),
    spent=st.integers(0, 10_000),
    parts=st.lists(st.integers(1, 500), min_size=1, max_size=8),
    kept=st.integers(0, 500),
    shortfall=st.sampled_from(Shortfall),
)
@settings(max_examples=300, deadline=None)
def test_a_refund_in_any_parts_ends_as_one_refund_of_their_sum(
    amount: int, spent: int, parts: list[int], kept: int, shortfall: Shortfall
) -> None:
    whole = sum(parts) + kept
    in_parts, at_once = Books(shortfall=shortfall), Books(shortfall=shortfall)
    for books in (in_parts, at_once):
        books.grants(amount, paid=whole)
        books.spends(spent)

    gone = 0
    for part in parts:
        gone += part
        in_parts.goes_back(gone)
    at_once.goes_back(gone)

    for books in (in_parts, at_once):
        assert books.is_proved()
    assert in_parts.balance == at_once.balance
    assert in_parts.wallet.overdrawn == at_once.wallet.overdrawn
    assert in_parts.wallet.is_frozen == at_once.wallet.is_frozen
    one, other = in_parts.payments["order:1"], at_once.payments["order:1"]
    assert (one.taken, one.forgiven) == (other.taken, other.forgiven)


@given(
    path=st.lists(st.integers(0, 90), min_size=1, max_size=10),
    amount=st.integers(1, 500),
    spent=st.integers(0, 500),
    shortfall=st.sampled_from(Shortfall),
)
@settings(max_examples=300, deadline=None)
def test_where_refunds_and_their_failures_end_does_not_depend_on_the_way(
    path: list[int], amount: int, spent: int, shortfall: Shortfall
) -> None:
    wandering, straight = Books(shortfall=shortfall), Books(shortfall=shortfall)
    for books in (wandering, straight):
        books.grants(amount, paid=90)
        books.spends(spent)

    for part in path:
        wandering.goes_back(part)
    straight.goes_back(path[-1])

    assert wandering.balance == straight.balance
    assert wandering.available == straight.available
    assert wandering.lot("order:1") == straight.lot("order:1")
    one, other = wandering.payments["order:1"], straight.payments["order:1"]
    assert (one.taken, one.forgiven) == (other.taken, other.forgiven)
