"""Which customer record at a provider is whose, as every store keeps it."""

import pytest

from application.ports.store import Store
from domain.credits.ids import AccountId
from domain.payments.ids import Channel
from tests.adapters.stores.steps import commit, look, outcomes
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX

STRIPE = Channel("stripe")


async def test_an_account_without_a_customer_record_has_none(store: Store) -> None:
    assert await look(store, lambda work: work.customers.customer_of(SOMEBODY, SANDBOX)) is None


@pytest.mark.parametrize(
    ("account_id", "channel", "customer_id", "linked"),
    [
        (SOMEBODY, SANDBOX, "cus_1", "cus_1"),
        (SOMEBODY, SANDBOX, "cus_2", "cus_1"),
        (SOMEBODY_ELSE, SANDBOX, "cus_1", None),
        (SOMEBODY_ELSE, SANDBOX, "cus_2", "cus_2"),
        (SOMEBODY, STRIPE, "cus_1", "cus_1"),
        (SOMEBODY_ELSE, STRIPE, "cus_1", "cus_1"),
    ],
)
async def test_the_first_link_of_an_account_or_of_a_customer_record_stands(
    store: Store, account_id: AccountId, channel: Channel, customer_id: str, linked: str | None
) -> None:
    await commit(store, lambda work: work.customers.link(SOMEBODY, SANDBOX, "cus_1"))

    await commit(store, lambda work: work.customers.link(account_id, channel, customer_id))

    assert await look(store, lambda work: work.customers.customer_of(SOMEBODY, SANDBOX)) == "cus_1"
    found = await look(store, lambda work: work.customers.customer_of(account_id, channel))
    assert found == linked


async def test_a_record_that_was_deleted_makes_room_for_a_new_one(store: Store) -> None:
    await commit(store, lambda work: work.customers.link(SOMEBODY, SANDBOX, "cus_1"))
    await commit(store, lambda work: work.customers.link(SOMEBODY, STRIPE, "cus_1"))

    owner = await commit(store, lambda work: work.customers.unlink(SANDBOX, "cus_1"))
    again = await commit(store, lambda work: work.customers.unlink(SANDBOX, "cus_1"))
    assert await look(store, lambda work: work.customers.customer_of(SOMEBODY, SANDBOX)) is None
    await commit(store, lambda work: work.customers.link(SOMEBODY, SANDBOX, "cus_2"))

    assert (owner, again) == (SOMEBODY, None)
    assert await look(store, lambda work: work.customers.customer_of(SOMEBODY, SANDBOX)) == "cus_2"
    assert await look(store, lambda work: work.customers.customer_of(SOMEBODY, STRIPE)) == "cus_1"


async def test_a_record_that_was_deleted_is_never_linked_again(store: Store) -> None:
    assert await commit(store, lambda work: work.customers.unlink(SANDBOX, "cus_1")) is None

    await commit(store, lambda work: work.customers.link(SOMEBODY, SANDBOX, "cus_1"))

    assert await look(store, lambda work: work.customers.customer_of(SOMEBODY, SANDBOX)) is None


@pytest.mark.parametrize("number", range(4))
async def test_a_record_that_is_linked_and_deleted_at_once_ends_without_a_link(
    store: Store, number: int
) -> None:
    steps = [
        commit(store, lambda work: work.customers.link(SOMEBODY, SANDBOX, "cus_1")),
        commit(store, lambda work: work.customers.unlink(SANDBOX, "cus_1")),
    ]

    await outcomes(*(steps if number % 2 else steps[::-1]))

    assert await look(store, lambda work: work.customers.customer_of(SOMEBODY, SANDBOX)) is None
