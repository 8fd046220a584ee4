"""What cannot be compared or mended is a problem that is said, and holds up nothing else."""

import pytest
from attrs import evolve, frozen

from application.payments.reconcile import Reconcile
from application.payments.steps.comparison import SILENT_MAX
from application.ports.credits import OutcomeUnknown
from domain.payments.errors import (
    ProviderRefused,
    WebhookUnreadable,
)
from domain.payments.ids import Channel, OrderId
from domain.payments.inbox import InboxStatus
from domain.payments.provider_event import (
    CheckoutExpired,
    ProviderEvent,
)
from domain.period import Period
from tests.application.lost_news import (
    DAY,
    ELSEWHERE,
    SILENT,
    bought,
    happens,
    problems,
    proposals,
    renewal,
    subscribed,
)
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.clock import NOON, fresh_id
from tests.support.fake_provider import MarionetteProvider
from tests.support.falling_silent import FallingSilent


@pytest.mark.parametrize(
    ("fact", "problem"),
    [
        (renewal(subscription="sub_9"), "purchase_unknown"),
        (CheckoutExpired(order_id=OrderId(fresh_id())), "order_not_found"),
    ],
)
async def test_a_purchase_that_we_do_not_know_is_a_problem_that_stays_in_the_inbox(
    shop: Shop, fact: ProviderEvent, problem: str
) -> None:
    event_id = happens(shop, fact)

    shown = await shop.reconciles(is_to_be_applied=False)
    assert [each.split(":")[0] for each in problems(shown)] == [problem]
    assert shop.store.tables.inbox.main.values == {}

    found = await shop.reconciles()
    event = await shop.event(event_id)
    again = await shop.reconciles()

    assert [each.split(":")[0] for each in problems(found)] == [problem]
    assert problems(again) == problems(found)
    assert (event.status, event.tries) == (InboxStatus.FAILED, 1)
    assert await shop.event(event_id) == event


async def test_a_payment_that_does_not_fit_is_a_problem_and_credits_nothing(shop: Shop) -> None:
    order = await bought(shop)
    happens(shop, evolve(paid(order), payment=a_payment(currency="EUR")))

    found = await shop.reconciles()

    assert problems(found) == [
        "payment_mismatch: Payment and order differ in currency: ordered USD, paid EUR."
    ]
    assert (await shop.balance(), await shop.order(order.id)) == (0, order)


@frozen
class _Fault:
    """One thing that cannot be read, and what is said about it."""

    fault: Exception
    problem: str
    alarms: int


FAULTS = [
    _Fault(
        WebhookUnreadable(channel=SANDBOX, problem="no type"),
        "webhook_unreadable: The webhook cannot be read: no type.",
        0,
    ),
    _Fault(
        ProviderRefused(channel=SANDBOX, reason="it is gone"),
        f"provider_refused: The payment provider '{SANDBOX}' refused: it is gone.",
        0,
    ),
    _Fault(SILENT, f"provider_unavailable: {SILENT}", 0),
    _Fault(ZeroDivisionError(), "ZeroDivisionError", 1),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault.fault).__name__)
async def test_one_thing_that_cannot_be_read_holds_up_nothing_else(
    shop: Shop, fault: _Fault
) -> None:
    order = await bought(shop)
    happens(shop, paid(order))
    poison = happens(shop, fault.fault)

    found = await shop.reconciles()

    assert problems(found) == [fault.problem]
    assert (await shop.balance(), found.unread, len(shop.alarms)) == (500, [], fault.alarms)
    assert (await shop.event(poison)).error == fault.problem


async def test_a_fault_while_doing_what_a_fact_causes_holds_up_nothing_else(shop: Shop) -> None:
    other = await bought(shop, SOMEBODY_ELSE)
    happens(shop, paid(other))
    began = await subscribed(shop)
    # An instant without an offset from UTC: no rule expects that.
    start_at = NOON.replace(tzinfo=None)
    event_id = happens(shop, evolve(began, period=Period(start_at, start_at + DAY)))

    found = await shop.reconciles()

    assert problems(found) == ["TypeError"]
    assert (await shop.balance(), await shop.balance(SOMEBODY_ELSE)) == (0, 500)
    assert (len(shop.alarms), (await shop.event(event_id)).error) == (1, "TypeError")


async def test_a_provider_that_fails_does_not_hold_up_the_others(shop: Shop) -> None:
    silent = MarionetteProvider(channel=ELSEWHERE, pull_fault=SILENT)
    broken = MarionetteProvider(channel=Channel("broken"), pull_fault=ZeroDivisionError())
    shop.providers = {ELSEWHERE: silent, broken.channel: broken, SANDBOX: shop.provider}
    order = await bought(shop)
    happens(shop, paid(order))

    found = await shop.reconciles()

    assert found.unread == [ELSEWHERE, broken.channel]
    assert [(drift.channel, drift.problem) for drift in found.drift[:2]] == [
        (ELSEWHERE, f"provider_unavailable: {SILENT}"),
        (broken.channel, "ZeroDivisionError"),
    ]
    assert (await shop.balance(), len(shop.alarms)) == (500, 1)


async def test_what_was_told_before_a_provider_fell_silent_is_mended(shop: Shop) -> None:
    order = await bought(shop)
    happens(shop, paid(order))
    shop.provider.pull_fault = SILENT

    found = await shop.reconciles()

    assert (found.unread, await shop.balance()) == ([SANDBOX], 500)


async def test_a_silent_provider_is_not_asked_about_everything_that_is_open(shop: Shop) -> None:
    for _ in range(10):
        order = await bought(shop)
        assert order.session_id is not None
        shop.provider.sessions[order.session_id] = SILENT

    found = await shop.reconciles()

    assert len(shop.provider.questions) == SILENT_MAX
    assert found.unread == [SANDBOX]


async def test_a_comparison_that_cannot_be_kept_tells_what_it_mended_all_the_same(
    shop: Shop,
) -> None:
    happens(shop, paid(await bought(shop)))
    # One unit of work for its payment, and none to keep the run.
    store = FallingSilent(inner=shop.store.begin, answers=1)

    found = await shop.reconciling(store.begin)(
        Reconcile(is_to_be_applied=True, reason="the webhooks did not come", actor=ADMIN)
    )

    assert proposals(found)[-1] == "granted 500 credits"
    assert (found.run_id, found.is_lost, await shop.balance()) == (None, True, 500)
    [(told, fault)] = shop.alarms
    assert told == "a comparison with the providers cannot be kept"
    assert isinstance(fault, OutcomeUnknown)


async def test_a_store_silent_while_what_waited_is_set_aside_fails_no_comparison(
    shop: Shop,
) -> None:
    happens(shop, renewal(subscription="sub_9"))
    # It is tried when it comes and once more at the end; setting it aside gets no answer.
    store = FallingSilent(inner=shop.store.begin, answers=2)

    found = await shop.reconciling(store.begin)(
        Reconcile(is_to_be_applied=True, reason="the webhooks did not come", actor=ADMIN)
    )

    assert [each.split(":")[0] for each in problems(found)] == [
        "purchase_unknown",
        "OutcomeUnknown",
    ]
    assert found.unread == [SANDBOX]


async def test_signs_that_no_database_keeps_are_replaced_in_what_is_kept(shop: Shop) -> None:
    event_id = happens(shop, ProviderRefused(channel=SANDBOX, reason="a\x00b \ud800"))

    found = await shop.reconciles()

    said = f"provider_refused: The payment provider '{SANDBOX}' refused: a\ufffdb \ufffd."
    assert problems(found) == [said]
    assert (await shop.event(event_id)).error == said
