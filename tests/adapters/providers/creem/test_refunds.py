"""Giving money back: in full or what is left of it, and never twice."""

import pytest

from application.ports.provider_calls import RefundReason, RefundRequest, RefundTaken
from domain.payments.errors import CapabilityMissing, ProviderRefused, ProviderUnavailable
from domain.payments.provider_event import RefundReported, RefundStatus
from tests.support.fake_creem.faults import Fault, Faults
from tests.support.fake_creem.world import CreemWorld, a_pack_order, creem_world

REFUNDS = "POST /v1/refunds"


def _request(payment_id: str, amount_minor: int | None = None) -> RefundRequest:
    return RefundRequest(
        key="key",
        provider_payment_id=payment_id,
        amount_minor=amount_minor,
        reason=RefundReason.REQUESTED,
    )


async def _sold_pack(world: CreemWorld) -> tuple[str, str]:
    """Sell a pack for 12.10 with tax; return Creem's order and transaction."""
    await world.sold(a_pack_order(), world.books.add_product(), tax_percent=21)
    transaction = next(reversed(world.books.transactions.values()))
    return transaction["order"], transaction["id"]


@pytest.mark.parametrize("amount_minor", [None, 1210], ids=["all", "all, in numbers"])
@pytest.mark.parametrize("by", ["order", "transaction"])
async def test_all_of_a_payment_is_given_back_tax_included(
    world: CreemWorld, by: str, amount_minor: int | None
) -> None:
    order_id, transaction_id = await _sold_pack(world)
    payment_id = order_id if by == "order" else transaction_id

    taken = await world.provider.refund(_request(payment_id, amount_minor))

    assert taken == RefundTaken(
        refund_id=f"{transaction_id}:refund:1210", status=RefundStatus.SUCCEEDED
    )
    assert world.books.transactions[transaction_id]["refunded_amount"] == 1210


async def test_a_refund_asked_for_told_and_read_back_is_one_refund(world: CreemWorld) -> None:
    order_id, _ = await _sold_pack(world)

    taken = await world.provider.refund(_request(order_id))

    (told,) = await world.taken(world.books.told("refund.created")[0])
    (read,) = await world.provider.read_payment(order_id)
    assert isinstance(told, RefundReported)
    assert isinstance(read, RefundReported)
    assert told.refund_id == read.refund_id == taken.refund_id


async def test_a_refund_may_take_its_time(world: CreemWorld) -> None:
    order_id, _ = await _sold_pack(world)
    world.books.refunds_pend = True

    taken = await world.provider.refund(_request(order_id))

    assert taken.status is RefundStatus.PENDING


async def test_a_repeated_refund_gives_back_nothing_more(world: CreemWorld) -> None:
    order_id, _ = await _sold_pack(world)

    first = await world.provider.refund(_request(order_id))
    second = await world.provider.refund(_request(order_id, 1210))

    assert second == first
    assert len(world.fake.asked_for(REFUNDS)) == 1


@pytest.mark.parametrize("amount_minor", [1, 1000, 1209])
async def test_a_part_of_a_payment_cannot_be_given_back(
    world: CreemWorld, amount_minor: int
) -> None:
    order_id, _ = await _sold_pack(world)

    with pytest.raises(CapabilityMissing) as refusal:
        await world.provider.refund(_request(order_id, amount_minor))

    assert refusal.value.capability == "partial_refund"
    assert world.fake.asked_for(REFUNDS) == []


async def test_what_is_left_after_a_part_was_given_back_is_all_there_is(world: CreemWorld) -> None:
    order_id, transaction_id = await _sold_pack(world)
    world.books.refund(transaction_id, 210)

    with pytest.raises(ProviderRefused, match="less"):
        await world.provider.refund(_request(order_id, 1210))
    taken = await world.provider.refund(_request(order_id, 1000))

    assert taken.refund_id == f"{transaction_id}:refund:1210"


async def test_a_disputed_payment_is_not_refunded(world: CreemWorld) -> None:
    order_id, transaction_id = await _sold_pack(world)
    world.books.dispute(transaction_id)

    with pytest.raises(ProviderRefused, match="disputed"):
        await world.provider.refund(_request(order_id))


@pytest.mark.parametrize("payment_id", ["ord_unknown", "tran_unknown"])
async def test_a_payment_nobody_knows_is_not_refunded(world: CreemWorld, payment_id: str) -> None:
    with pytest.raises(ProviderRefused):
        await world.provider.refund(_request(payment_id))


async def test_a_lost_answer_is_read_back_before_anything_is_asked_for_again() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        order_id, _ = await _sold_pack(world)
        faults.script(REFUNDS, Fault.LOSE_ANSWER)

        taken = await world.provider.refund(_request(order_id))

        assert taken.status is RefundStatus.SUCCEEDED
        assert len(world.fake.asked_for(REFUNDS)) == 1


async def test_a_refund_that_was_not_heard_is_unavailable_and_may_be_asked_for_again() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        order_id, transaction_id = await _sold_pack(world)
        faults.script(REFUNDS, Fault.REFUSE)
        with pytest.raises(ProviderUnavailable):
            await world.provider.refund(_request(order_id))

        await world.provider.refund(_request(order_id))

        assert world.books.transactions[transaction_id]["refunded_amount"] == 1210
        assert len(world.books.told("refund.created")) == 1


async def test_a_partial_refund_of_creems_own_is_found_when_the_payment_is_read(
    world: CreemWorld,
) -> None:
    order_id, transaction_id = await _sold_pack(world)
    world.books.refund(transaction_id, 210)

    (read,) = await world.provider.read_payment(order_id)

    assert isinstance(read, RefundReported)
    assert (read.refund_id, read.sum_minor) == (f"{transaction_id}:refund:210", 210)


async def test_a_refund_that_fails_at_once_is_no_refund_that_could_be_told_of() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        order_id, transaction_id = await _sold_pack(world)
        faults.script(REFUNDS, Fault.FAILED_REFUND)

        failed = await world.provider.refund(_request(order_id))
        taken = await world.provider.refund(_request(order_id))

        assert failed == RefundTaken(refund_id=None, status=RefundStatus.FAILED)
        assert taken.refund_id == f"{transaction_id}:refund:1210"


@pytest.mark.parametrize("spelling", ["partialRefund", "partially_refunded", "partial_refund"])
async def test_every_spelling_of_a_partial_refund_is_read(world: CreemWorld, spelling: str) -> None:
    order_id, transaction_id = await _sold_pack(world)
    world.books.refund(transaction_id, 210)
    async with creem_world(books=world.books) as other:
        other.books.transactions[transaction_id]["status"] = spelling
        read = await other.provider.read_payment(order_id)
        # A spelling the official library does not know is a slip of the fake's, not of ours.
        other.fake.violations.clear()

    assert len(read) == 1
