"""A unit of work: all of it or nothing, and a reader sees one instant without waiting."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve

from application.ports.paging import PageRequest
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.errors import BillingError
from domain.payments.errors import OrderNotFound
from domain.subscriptions.errors import PlanNotFound
from tests.adapters.stores.steps import abandon, commit, funded, load, look
from tests.support.builders.access import an_account, an_api_key, an_audit_entry
from tests.support.builders.credits import SOMEBODY, granted
from tests.support.builders.payments import (
    SANDBOX,
    a_payment,
    a_sandbox_record,
    an_inbox_event,
    an_order,
)
from tests.support.builders.promotions import (
    a_check_in,
    a_code,
    a_coupon,
    a_redemption,
    some_rules,
)
from tests.support.builders.subscriptions import a_pack, a_plan, a_subscription


class Failure(Exception):
    """Something that goes wrong in the middle of a unit of work."""


async def _everything(work: UnitOfWork) -> None:
    """Write to every collection that can be read without taking anything."""
    wallet = await work.wallets.take(SOMEBODY)
    await work.wallets.save(granted(wallet))
    order, coupon = an_order(), a_coupon(code="SPRING")
    await work.orders.add(order)
    await work.payments.add(a_payment(provider_payment_id="pay_1"), order.id)
    await work.customers.link(SOMEBODY, SANDBOX, "cus_1")
    await work.inbox.add(an_inbox_event(event_id="evt_1"))
    await work.plans.add(a_plan())
    await work.packs.add(a_pack())
    await work.subscriptions.add(a_subscription(provider_subscription_id="sub_1"))
    await work.coupons.add(coupon, a_code(coupon))
    await work.redemptions.add(a_redemption(coupon_id=coupon.id, order_id="order-1"))
    await work.check_ins.add(a_check_in())
    await work.check_ins.add_rules(some_rules())
    await work.accounts.save(an_account())
    await work.api_keys.add(an_api_key())
    await work.audit_log.add(an_audit_entry(target="plan:1"))
    await work.sandbox.put(a_sandbox_record(kind="checkout"))


async def _count(work: UnitOfWork) -> dict[str, bool]:
    """Say of every collection whether it holds what was written there."""
    everything = PageRequest(limit=100)
    return {
        "orders": bool((await work.orders.page(SOMEBODY, everything)).items),
        "payments": await work.payments.order_paid_by(SANDBOX, "pay_1") is not None,
        "customers": await work.customers.customer_of(SOMEBODY, SANDBOX) is not None,
        "inbox": bool(await work.inbox.waiting(an_inbox_event().received_at, 10)),
        "plans": bool((await work.plans.page(everything)).items),
        "packs": bool((await work.packs.page(everything)).items),
        "subscriptions": await work.subscriptions.current(SOMEBODY) is not None,
        "coupons": await work.coupon_codes.find("SPRING") is not None,
        "redemptions": bool(await work.redemptions.of_order("order-1")),
        "check_ins": await work.check_ins.last(SOMEBODY) is not None,
        "rules": await work.check_ins.rules() is not None,
        "accounts": await work.accounts.find(SOMEBODY) is not None,
        "api_keys": bool((await work.api_keys.page(everything)).items),
        "audit_log": bool(await work.audit_log.of_target("plan:1", 10)),
        "sandbox": bool(await work.sandbox.of_kind("checkout", "", 10)),
    }


async def _written_then_failed(work: UnitOfWork) -> None:
    await _everything(work)
    raise Failure


async def _written_then_cancelled(work: UnitOfWork) -> None:
    await _everything(work)
    raise asyncio.CancelledError


async def _written_then_refused(work: UnitOfWork) -> None:
    await _everything(work)
    await work.orders.find(an_order().id)


@pytest.mark.parametrize(
    ("step", "ends_with"),
    [
        (_everything, None),
        (_written_then_failed, Failure),
        (_written_then_cancelled, asyncio.CancelledError),
        (_written_then_refused, OrderNotFound),
    ],
)
async def test_what_is_not_committed_never_happened(
    store: Store,
    step: Callable[[UnitOfWork], Awaitable[None]],
    ends_with: type[BaseException] | None,
) -> None:
    ended: BaseException | None = None
    try:
        await abandon(store, step)
    except (Failure, asyncio.CancelledError, BillingError) as end:
        ended = end

    assert (ended and type(ended)) is ends_with
    assert not any((await look(store, _count)).values())
    assert (await load(store, SOMEBODY)).seq == 0


async def test_what_is_committed_is_there_all_of_it(store: Store) -> None:
    await commit(store, _everything)

    assert all((await look(store, _count)).values())
    assert (await load(store, SOMEBODY)).seq == 1


async def test_a_unit_sees_what_it_did_itself_before_it_commits(store: Store) -> None:
    async def do_and_look(work: UnitOfWork) -> dict[str, bool]:
        await _everything(work)
        return await _count(work)

    assert all((await abandon(store, do_and_look)).values())


async def test_nobody_sees_what_a_unit_did_before_it_commits(store: Store) -> None:
    async def do_while_others_look(work: UnitOfWork) -> dict[str, bool]:
        await _everything(work)
        return await look(store, _count)

    assert not any((await commit(store, do_while_others_look)).values())
    assert all((await look(store, _count)).values())


async def test_a_reader_never_waits_for_a_writer(store: Store) -> None:
    order = an_order()
    await commit(store, lambda work: work.orders.add(order))
    await funded(store)

    async def take_while_others_look(work: UnitOfWork) -> object:
        await work.wallets.take(SOMEBODY)
        await work.orders.take(order.id)
        await load(store, SOMEBODY)
        await store.statements.page(SOMEBODY, PageRequest())
        return await look(store, lambda reading: reading.orders.find(order.id))

    assert await abandon(store, take_while_others_look) == order


async def test_a_reader_sees_one_instant_whatever_others_commit_meanwhile(
    store: Store,
) -> None:
    plan, other, dropped = a_plan(name="before"), a_plan(name="other"), a_sandbox_record()
    await commit(store, lambda work: work.plans.add(plan))
    await commit(store, lambda work: work.sandbox.put(dropped))

    async def look_twice(work: UnitOfWork) -> list[object]:
        first = await work.plans.page(PageRequest())
        await commit(store, lambda writing: writing.plans.save(evolve(plan, name="between")))
        await commit(store, lambda writing: writing.plans.save(evolve(plan, name="after")))
        await commit(store, lambda writing: writing.plans.add(other))
        await commit(store, lambda writing: writing.sandbox.remove(dropped.kind, dropped.id))
        second = await work.plans.page(PageRequest())
        found = await work.plans.get(plan.id)
        kept = await work.sandbox.of_kind(dropped.kind, "", 10)
        with pytest.raises(PlanNotFound):
            await work.plans.get(other.id)
        return [first.items, second.items, (found,), *kept]

    assert await look(store, look_twice) == [(plan,), (plan,), (plan,), dropped]
    after = await look(store, lambda work: work.plans.page(PageRequest()))
    assert [each.name for each in after.items] == ["after", "other"]


async def test_many_units_at_once_all_happen(store: Store) -> None:
    plans = [a_plan(name=f"plan {n}") for n in range(20)]

    def keep(n: int) -> Awaitable[None]:
        return commit(store, lambda work: work.plans.add(plans[n]))

    await asyncio.gather(*(keep(n) for n in range(20)))

    page = await look(store, lambda work: work.plans.page(PageRequest(limit=100)))
    assert page.items == tuple(plans)


async def test_an_open_store_answers_when_it_is_pinged(store: Store) -> None:
    await store.ping()

    assert not any((await look(store, _count)).values())
