"""Every refusal that an endpoint declares is given once, with its status and particulars."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import define, evolve, frozen
from dependency_injector import providers

from application.group_commit import QUEUE_MAX
from application.payments.sweep_orders import SweepOrders
from application.ports.credits import Batch, Committed, Ledger, OutcomeUnknown
from application.ports.provider import Capability
from application.ports.system import NewId
from application.wallet_command import Decided
from domain.access.role import Scope
from domain.amount import AMOUNT_MAX
from domain.credits.errors import InsufficientCredits
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from domain.events.endpoint import ENDPOINTS_MAX, Endpoint, EndpointStatus
from domain.events.ids import EndpointId
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.subscriptions.catalogue import Pack, Plan
from entrypoints.container import Container
from entrypoints.http.errors import status_of
from tests.entrypoints.change_refusals import CHANGE_CASES
from tests.entrypoints.coupon_refusals import COUPON_CASES
from tests.entrypoints.credit_refusals import CREDIT_CASES
from tests.entrypoints.privacy_refusals import PRIVACY_CASES
from tests.entrypoints.receipt_refusals import RECEIPT_CASES
from tests.support.app import SHOP, Service, a_service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.events import an_endpoint
from tests.support.builders.payments import SANDBOX, an_order
from tests.support.builders.subscriptions import a_pack, a_plan, a_subscription
from tests.support.callers import Answer
from tests.support.clock import NOON
from tests.support.signing_provider import SIGNATURE, signature_of

NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"
MANUAL = {"account_id": SOMEBODY, "amount": 1, "reason": "Test"}

Details = Mapping[str, object] | None
Case = Callable[[Service], Awaitable[Answer]]


async def checkout(
    service: Service, item: Plan | Pack | None = None, *, key: str | None = None, **change: object
) -> Answer:
    """Put an item on sale, unless it is, and buy it."""
    bought = a_pack() if item is None else item
    async with service.store.begin() as work:
        if isinstance(bought, Plan):
            await work.plans.add(bought)
        else:
            await work.packs.add(bought)
        await work.commit()
    return await checkout_again(service, bought, key=key, **change)


async def checkout_again(
    service: Service, item: Plan | Pack, *, key: str | None = None, **change: object
) -> Answer:
    """Buy an item that is on sale."""
    is_plan = isinstance(item, Plan)
    body = {
        "channel": "sandbox",
        "type": "subscription" if is_plan else "credits",
        "plan_id" if is_plan else "pack_id": item.id,
        "success_url": f"{SHOP}/thanks",
        "cancel_url": f"{SHOP}/shop",
        **change,
    }
    return await service.as_user().post("/payment/create-session", body, key=key)


async def spend(service: Service, *, key: str = "k", **change: object) -> Answer:
    backend = await service.as_backend(Scope.CREDITS_SPEND, spend_max=60)
    body = {"account_id": SOMEBODY, "amount": 50, **change}
    return await backend.post("/credits/spend", body, key=key)


async def portal(service: Service, url: str = f"{SHOP}/account") -> Answer:
    return await service.as_user().post("/subscription/portal", {"return_url": url})


async def webhook(service: Service, raw: bytes, signature: str) -> Answer:
    path = "/payment/webhook/sandbox"
    headers = {SIGNATURE: signature}
    return await service.as_nobody().send("POST", path, raw=raw, headers=headers)


async def key_reused(service: Service) -> Answer:
    await service.give(100)
    await spend(service, amount=1)
    return await spend(service, amount=2)


async def already_checked_in(service: Service) -> Answer:
    config = {"enabled": True, "base": 5, "zone": "UTC"}
    await service.as_admin().put("/admin/checkin/config", config)
    await service.as_user().post("/checkin")
    return await service.as_user().post("/checkin")


async def too_new(service: Service) -> Answer:
    config = {"enabled": True, "base": 5, "zone": "UTC", "eligibility": {"account_days": 2}}
    await service.as_admin().put("/admin/checkin/config", config)
    return await service.as_user().post("/checkin")


async def config_changed(service: Service) -> Answer:
    config = {"enabled": True, "base": 5, "zone": "UTC", "version": 3}
    return await service.as_admin().put("/admin/checkin/config", config)


async def code_taken(service: Service) -> Answer:
    coupon = {"code": "SPRING", "percent_off": 10}
    await service.as_admin().post("/admin/billing/coupons", coupon)
    return await service.as_admin().post("/admin/billing/coupons", coupon)


async def used_up_by_account(service: Service) -> Answer:
    coupon = {"code": "SPRING", "percent_off": 100}
    await service.as_admin().post("/admin/billing/coupons", coupon)
    pack = a_pack()
    await checkout(service, pack, coupon_code="SPRING")
    return await checkout_again(service, pack, coupon_code="SPRING")


async def subscription_exists(service: Service) -> Answer:
    sold = evolve(a_subscription(id=NEVER_WAS), price_minor=990)
    async with service.store.begin() as work:
        await work.subscriptions.add(sold)
        await work.commit()
    return await checkout(service, a_plan())


async def wish(
    service: Service, name: str = "cancel", *, subscriptions: int = 1, **change: object
) -> Answer:
    """Ask something of a subscription of an account that has so many, each in its group."""
    ids = [f"{NEVER_WAS[:-1]}{n}" for n in range(subscriptions)]
    async with service.store.begin() as work:
        for n, name_of_it in enumerate(ids):
            await work.subscriptions.add(a_subscription(id=name_of_it, group=f"group-{n}"))
        await work.commit()
    return await service.as_user().post(f"/subscription/{name}", dict(change))


async def capability_missing(service: Service) -> Answer:
    service.provider.capabilities = frozenset({Capability.SUBSCRIPTIONS})
    return await checkout(service)


async def not_sold_there(service: Service) -> Answer:
    service.provider.is_reference_needed = True
    return await checkout(service, a_pack(id=NEVER_WAS))


async def provider_unavailable(service: Service) -> Answer:
    service.provider.refusal = ProviderUnavailable(channel=SANDBOX)
    return await checkout(service)


async def provider_refused(service: Service) -> Answer:
    service.provider.refusal = ProviderRefused(channel=SANDBOX, reason="the item is unknown there")
    return await checkout(service)


async def checkout_over(service: Service) -> Answer:
    pack = a_pack()
    service.provider.refusal = ProviderUnavailable(channel=SANDBOX)
    await checkout(service, pack, key="k")
    service.provider.refusal = None
    service.clock.advance(days=2)
    await service.sweep_orders(SweepOrders())
    return await checkout_again(service, pack, key="k")


async def zone_changed_lately(service: Service) -> Answer:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE)
    await backend.put("/accounts/user-1", {"zone": "Europe/Berlin"})
    return await backend.put("/accounts/user-1", {"zone": "Asia/Tokyo"})


async def balance_too_large(service: Service) -> Answer:
    await service.give(1)
    body = {**MANUAL, "amount": AMOUNT_MAX}
    return await service.as_admin().post("/admin/credits/manual", body, key="k")


async def estimate(service: Service, model: str = "gpt-4o", **counts: int) -> Answer:
    rate = {"model": "gpt-4o", "kind": "input", "credits": "1", "per": 1000}
    await service.as_admin().post("/admin/rates", {"rates": [rate]})
    body = {"usage": {"model": model, **counts}}
    return await service.as_user().post("/credits/estimate", body)


async def rates_changed(service: Service) -> Answer:
    rate = {"model": "gpt-4o", "kind": "input", "credits": "1", "per": 1000}
    body = {"rates": [rate], "expected_version": 0}
    await service.as_admin().post("/admin/rates", body)
    return await service.as_admin().post("/admin/rates", body)


async def account_unknown(service: Service) -> Answer:
    return await (await service.as_backend(Scope.ACCOUNTS_WRITE)).get("/accounts/nobody")


async def without_sessions(service: Service) -> Answer:
    async with a_service(sessions=None) as bare:
        backend = await bare.as_backend(Scope.SESSIONS_CREATE)
        return await backend.post("/sessions", {"account_id": SOMEBODY})


@frozen
class _Silent(Ledger):
    """A ledger that never says what became of a batch."""

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        raise OutcomeUnknown

    async def write(self, batch: Batch) -> Committed:
        raise OutcomeUnknown

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        raise OutcomeUnknown


@define
class _Stuck(_Silent):
    """A ledger that takes as long as it is told to."""

    released: asyncio.Event

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        await self.released.wait()
        return {account_id: Wallet(account_id=account_id) for account_id in account_ids}

    async def write(self, batch: Batch) -> Committed:
        return Committed(written=frozenset(), unchanged=frozenset(batch.unchanged), known={})


@frozen
class _Refused:
    """A command that its wallet refuses, so that nothing has to be written for it."""

    account_id: AccountId
    key: None = None
    is_kept_for_ever: bool = False

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        raise InsufficientCredits(requested=1, available=0)


async def store_silent(service: Service) -> Answer:
    async with a_service(ledger=lambda _: _Silent()) as silent:
        return await spend(silent)


async def too_many_waiting(service: Service) -> Answer:
    released = asyncio.Event()
    async with a_service(ledger=lambda _: _Stuck(released)) as busy:
        command = _Refused(account_id=SOMEBODY)
        waiting = [busy.group.submit(command)]
        await asyncio.sleep(0)  # the first one is on its way now; the others queue up behind it
        waiting += [busy.group.submit(command) for _ in range(QUEUE_MAX)]
        answer = await spend(busy)
        released.set()
        await asyncio.gather(*waiting, return_exceptions=True)
        return answer


async def refund(service: Service, order_id: str = NEVER_WAS, amount: int | None = None) -> Answer:
    body = {"reason": "Test", "amount": amount}
    return await service.as_admin().post(f"/admin/orders/{order_id}/refund", body, key="k")


async def refund_of_an_unpaid_order(service: Service) -> Answer:
    order = an_order(id=NEVER_WAS)
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.commit()
    return await refund(service, order.id)


async def refund_beyond_what_was_paid(service: Service) -> Answer:
    order = await service.paid()
    await refund(service, order.id, 200)
    body = {"reason": "Test", "amount": 301}
    return await service.as_admin().post(f"/admin/orders/{order.id}/refund", body, key="another")


async def freeze(service: Service) -> None:
    async with service.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        await work.wallets.save(Posting(wallet=evolve(wallet, is_frozen=True)))
        await work.commit()


async def spend_while_frozen(service: Service) -> Answer:
    await service.give(100)
    await freeze(service)
    return await spend(service)


async def unfreeze_again(service: Service) -> Answer:
    await service.give(100)
    path = f"/admin/accounts/{SOMEBODY}/unfreeze"
    return await service.as_admin().post(path, {"reason": "Test"})


async def testing_an_endpoint_that_is_off(service: Service) -> Answer:
    return await _after_keeping(
        service,
        [an_endpoint(status=EndpointStatus.OFF)],
        lambda kept: service.as_admin().post(f"/admin/endpoints/{kept}/test"),
    )


async def one_endpoint_too_many(service: Service) -> Answer:
    url = {"url": "https://shop.example/events"}
    return await _after_keeping(
        service,
        [an_endpoint() for _ in range(ENDPOINTS_MAX)],
        lambda _: service.as_admin().post("/admin/endpoints", url),
    )


async def _after_keeping(
    service: Service,
    endpoints: Sequence[Endpoint],
    ask: Callable[[EndpointId], Awaitable[Answer]],
) -> Answer:
    async with service.store.begin() as work:
        for endpoint in endpoints:
            await work.endpoints.add(endpoint)
        await work.commit()
    return await ask(endpoints[0].id)


ADVANCE = "/admin/clock/advance"


async def moving_the_real_time(_: Service) -> Answer:
    def by_the_real_time(container: Container) -> None:
        container.steered_clock.override(providers.Object(None))

    async with a_service(prepare=by_the_real_time) as other:
        return await other.as_admin().post(ADVANCE, {"days": 1})


async def moving_a_moving_clock(service: Service) -> Answer:
    service.container.steered_clock().stand_at(NOON, bound_for=NOON + timedelta(days=1))
    return await service.as_admin().post(ADVANCE, {"days": 1})


async def moving_past_what_does_not_end(_: Service) -> Answer:
    async def never_ends() -> int:
        return 1

    def with_a_step_that_never_ends(container: Container) -> None:
        container.advance_clock.add_kwargs(steps=(never_ends,))

    async with a_service(prepare=with_a_step_that_never_ends) as other:
        return await other.as_admin().post(ADVANCE, {"days": 1})


CASES: Mapping[str, tuple[Case, int, Details]] = {
    **CREDIT_CASES,
    **COUPON_CASES,
    **PRIVACY_CASES,
    **RECEIPT_CASES,
    **CHANGE_CASES,
    "insufficient_credits": (spend, 402, {"requested": 50, "available": 0}),
    "spend_limit_exceeded": (
        lambda service: spend(service, amount=61),
        403,
        {"limit": "each", "allowed": 60, "asked": 61},
    ),
    "reserved_type": (lambda service: spend(service, type="manual"), 400, {"type": "manual"}),
    "idempotency_key_reused": (key_reused, 422, {"key": "k"}),
    "busy": (too_many_waiting, 503, None),
    "store_unavailable": (store_silent, 503, None),
    "balance_too_large": (balance_too_large, 422, {"account_id": SOMEBODY}),
    "grant_already_over": (
        lambda service: service.as_admin().post(
            "/admin/credits/manual", {**MANUAL, "expires_at": "2026-01-12T11:00:00Z"}, key="k"
        ),
        400,
        {"effective_at": "2026-01-12T12:00:00Z", "expires_at": "2026-01-12T11:00:00Z"},
    ),
    "model_unrated": (
        lambda service: estimate(service, "claude", input_tokens=1),
        422,
        {"model": "claude", "version": 1},
    ),
    "usage_kind_unrated": (
        lambda service: estimate(service, input_tokens=1, images=2),
        422,
        {"model": "gpt-4o", "kind": "image", "version": 1},
    ),
    "rates_not_found": (
        lambda service: service.as_admin().get("/admin/rates/7"),
        404,
        {"version": "7"},
    ),
    "rates_changed": (rates_changed, 409, {"version": 1}),
    "already_checked_in": (already_checked_in, 409, {"next_at": "2026-01-13T00:00:00Z"}),
    "check_in_disabled": (lambda service: service.as_user().post("/checkin"), 409, None),
    "check_in_not_yet": (too_new, 409, {"next_at": "2026-01-14T12:00:00Z"}),
    "check_in_config_changed": (config_changed, 409, {"version": 0}),
    "coupon_refused": (used_up_by_account, 422, {"reason": "not_accepted"}),
    "coupon_code_taken": (code_taken, 409, {"coupon_code": "SPRING"}),
    "plan_not_found": (
        lambda service: checkout_again(service, a_plan(id=NEVER_WAS)),
        404,
        {"plan_id": NEVER_WAS},
    ),
    "pack_not_found": (
        lambda service: checkout_again(service, a_pack(id=NEVER_WAS)),
        404,
        {"pack_id": NEVER_WAS},
    ),
    "not_on_sale": (
        lambda service: checkout(service, a_plan(id=NEVER_WAS, is_on_sale=False)),
        409,
        {"item_id": NEVER_WAS},
    ),
    "interval_not_offered": (
        lambda service: checkout(
            service, a_plan(id=NEVER_WAS, price_yearly_minor=None), interval="yearly"
        ),
        422,
        {"plan_id": NEVER_WAS, "interval": "yearly"},
    ),
    "subscription_required": (
        lambda service: checkout(service, a_pack(id=NEVER_WAS, requires_group="team")),
        409,
        {"pack_id": NEVER_WAS, "group": "team"},
    ),
    "subscription_exists": (
        subscription_exists,
        409,
        {"subscription_id": NEVER_WAS, "plan_name": "Pro", "channel": "sandbox"},
    ),
    "subscription_not_found": (lambda service: wish(service, subscriptions=0), 404, None),
    "subscription_not_named": (
        lambda service: wish(service, subscriptions=2),
        422,
        {"subscription_ids": [f"{NEVER_WAS[:-1]}1", NEVER_WAS]},
    ),
    "subscription_state": (
        lambda service: wish(service, "pause"),
        409,
        {
            "subscription_id": NEVER_WAS,
            "status": "active",
            "problem": "nothing is paid for it, so there is nothing to pause",
        },
    ),
    "channel_not_configured": (
        lambda service: checkout(service, channel="paypal"),
        422,
        {"channel": "paypal", "configured": ["sandbox"]},
    ),
    "capability_missing": (
        capability_missing,
        422,
        {"channel": "sandbox", "capability": "one_off"},
    ),
    "not_sold_through_channel": (
        not_sold_there,
        422,
        {"channel": "sandbox", "item_id": NEVER_WAS},
    ),
    "return_url_not_allowed": (
        lambda service: portal(service, "https://evil.example/"),
        400,
        {
            "path": "return_url",
            "problem": (
                "the origin https://evil.example is not among the configured return origins"
            ),
        },
    ),
    "provider_unavailable": (provider_unavailable, 503, {"channel": "sandbox"}),
    "provider_refused": (
        provider_refused,
        422,
        {"channel": "sandbox", "reason": "the item is unknown there"},
    ),
    "checkout_over": (checkout_over, 409, None),
    "no_provider_customer": (portal, 409, None),
    "transaction_not_found": (
        lambda service: service.as_user().get(f"/credits/transactions/{NEVER_WAS}/explain"),
        404,
        {"transaction_id": NEVER_WAS},
    ),
    "order_not_found": (
        lambda service: service.as_user().get(f"/orders/{NEVER_WAS}"),
        404,
        {"order_id": NEVER_WAS},
    ),
    "reconciliation_not_found": (
        lambda service: service.as_admin().get(f"/admin/reconciliations/{NEVER_WAS}"),
        404,
        {"run_id": NEVER_WAS},
    ),
    "event_not_found": (
        lambda service: service.as_admin().get(f"/admin/webhooks/{NEVER_WAS}"),
        404,
        {"event_id": NEVER_WAS},
    ),
    "order_not_refundable": (
        refund_of_an_unpaid_order,
        409,
        {"order_id": NEVER_WAS, "status": "pending"},
    ),
    "refund_too_large": (
        refund_beyond_what_was_paid,
        422,
        {"asked_minor": 301, "left_minor": 300},
    ),
    "dispute_not_found": (
        lambda service: service.as_admin().post(
            f"/admin/disputes/{NEVER_WAS}/resolve", {"outcome": "won", "reason": "Test"}
        ),
        404,
        {"dispute_id": NEVER_WAS},
    ),
    "account_frozen": (spend_while_frozen, 403, None),
    "account_not_frozen": (unfreeze_again, 409, {"account_id": SOMEBODY}),
    "signature_refused": (
        lambda service: webhook(service, b"{}", "forged"),
        400,
        {"channel": "sandbox", "reason": "it does not match"},
    ),
    "webhook_unreadable": (
        lambda service: webhook(service, b"?", signature_of(b"?")),
        400,
        {"channel": "sandbox", "problem": "is not JSON"},
    ),
    "sessions_not_configured": (without_sessions, 422, None),
    "account_not_found": (account_unknown, 404, {"account_id": "nobody"}),
    "zone_changed_lately": (zone_changed_lately, 409, {"next_at": "2026-02-11T12:00:00Z"}),
    "api_key_not_found": (
        lambda service: service.as_admin().delete(f"/admin/keys/{NEVER_WAS}"),
        404,
        {"api_key_id": NEVER_WAS},
    ),
    "outgoing_event_not_found": (
        lambda service: service.as_admin().get(f"/admin/events/{NEVER_WAS}"),
        404,
        {"event_id": NEVER_WAS},
    ),
    "endpoint_not_found": (
        lambda service: service.as_admin().get(f"/admin/endpoints/{NEVER_WAS}"),
        404,
        {"endpoint_id": NEVER_WAS},
    ),
    "clock_is_real": (moving_the_real_time, 409, None),
    "clock_is_moving": (moving_a_moving_clock, 409, None),
    "clock_is_stuck": (moving_past_what_does_not_end, 409, {"at": "2026-01-12T12:00:00Z"}),
    "clock_target_refused": (
        lambda service: service.as_admin().post(ADVANCE, {"to": "2026-01-12T11:00:00Z"}),
        422,
        {"problem": "it is 2026-01-12T12:00:00+00:00 already"},
    ),
    "endpoint_off": (testing_an_endpoint_that_is_off, 409, None),
    "too_many_endpoints": (one_endpoint_too_many, 409, {"endpoints_max": ENDPOINTS_MAX}),
}


@pytest.mark.parametrize("code", CASES)
async def test_a_refusal_says_what_and_why(service: Service, code: str) -> None:
    provoke, status, details = CASES[code]

    answer = await provoke(service)

    error: dict[str, Any] = answer.error
    assert (answer.status, error["code"]) == (status, code)
    assert error["message"].endswith((".", "origins"))
    assert error["request_id"] == answer.headers["X-Request-Id"]
    if details is not None:
        assert error["details"] == details
    if status == 503:
        assert int(answer.headers["Retry-After"]) > 0


async def test_every_refusal_that_is_declared_is_given_somewhere(service: Service) -> None:
    declared = {
        refusal.code: status_of(refusal)
        for endpoint in service.endpoints
        for refusal in endpoint.refusals
    }

    assert {code: status for code, (_, status, _) in CASES.items()} == declared


async def test_a_read_that_the_store_does_not_answer_may_be_asked_again() -> None:
    async with a_service(ledger=lambda _: _Silent()) as silent:
        answer = await silent.as_user().get("/credits/balance")

    assert (answer.status, answer.code) == (503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
