"""Every refusal that an endpoint declares is given once, with its status and particulars."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from attrs import define, evolve, frozen

from application.ports.credits import Batch, Committed, Ledger, OutcomeUnknown
from application.ports.system import NewId
from application.wallets.group_commit import QUEUE_MAX
from application.wallets.wallet_command import Decided
from domain.access.role import Scope
from domain.amount import AMOUNT_MAX
from domain.credits.errors import InsufficientCredits
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from entrypoints.http.errors import status_of
from tests.entrypoints.change_refusals import CHANGE_CASES
from tests.entrypoints.coupon_refusals import COUPON_CASES
from tests.entrypoints.credit_refusals import CREDIT_CASES
from tests.entrypoints.operation_refusals import OPERATION_CASES
from tests.entrypoints.privacy_refusals import PRIVACY_CASES
from tests.entrypoints.purchase_refusals import PURCHASE_CASES, checkout, checkout_again
from tests.entrypoints.receipt_refusals import RECEIPT_CASES
from tests.support.app import Service, a_service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.subscriptions import a_pack
from tests.support.callers import Answer

NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"
MANUAL = {"account_id": SOMEBODY, "amount": 1, "reason": "Test"}

Details = Mapping[str, object] | None
Case = Callable[[Service], Awaitable[Answer]]


async def spend(service: Service, *, key: str = "k", **change: object) -> Answer:
    backend = await service.as_backend(Scope.CREDITS_SPEND, spend_max=60)
    body = {"account_id": SOMEBODY, "amount": 50, **change}
    return await backend.post("/credits/spend", body, key=key)


async def key_reused(service: Service) -> Answer:
    await service.give(100)
    await spend(service, amount=1)
    return await spend(service, amount=2)


async def already_checked_in(service: Service) -> Answer:
    config = {"enabled": True, "base": 5, "zone": "UTC"}
    await service.as_admin().put("/admin/checkin/config", config)
    await service.as_user().post("/checkin")
    return await service.as_user().post("/checkin")


async def zone_changed(service: Service) -> Answer:
    config = {"enabled": True, "base": 5, "zone": "UTC"}
    await service.as_admin().put("/admin/checkin/config", config)
    await service.as_user().post("/checkin")
    elsewhere = {**config, "zone": "Pacific/Kiritimati"}
    await service.as_admin().put("/admin/checkin/config", elsewhere)
    assert (await service.as_user().get("/checkin/status")).data["waits_for_zone"] is True
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


async def freeze(service: Service) -> None:
    async with service.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        await work.wallets.save(Posting(wallet=evolve(wallet, is_frozen=True)))
        await work.commit()


async def spend_while_frozen(service: Service) -> Answer:
    await service.give(100)
    await freeze(service)
    return await spend(service)


async def freeze_again(service: Service) -> Answer:
    await service.give(100)
    await freeze(service)
    path = f"/admin/accounts/{SOMEBODY}/freeze"
    return await service.as_admin().post(path, {"reason": "Test"})


async def unfreeze_again(service: Service) -> Answer:
    await service.give(100)
    path = f"/admin/accounts/{SOMEBODY}/unfreeze"
    return await service.as_admin().post(path, {"reason": "Test"})


CASES: Mapping[str, tuple[Case, int, Details]] = {
    **CREDIT_CASES,
    **COUPON_CASES,
    **PRIVACY_CASES,
    **RECEIPT_CASES,
    **CHANGE_CASES,
    **PURCHASE_CASES,
    **OPERATION_CASES,
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
    "check_in_zone_changed": (zone_changed, 409, {"next_at": "2026-01-13T08:00:00Z"}),
    "check_in_disabled": (lambda service: service.as_user().post("/checkin"), 409, None),
    "check_in_not_yet": (too_new, 409, {"next_at": "2026-01-14T12:00:00Z"}),
    "check_in_config_changed": (config_changed, 409, {"version": 0}),
    "coupon_refused": (used_up_by_account, 422, {"reason": "already_used"}),
    "coupon_code_taken": (code_taken, 409, {"coupon_code": "SPRING"}),
    "transaction_not_found": (
        lambda service: service.as_user().get(f"/credits/transactions/{NEVER_WAS}/explain"),
        404,
        {"transaction_id": NEVER_WAS},
    ),
    "reconciliation_not_found": (
        lambda service: service.as_admin().get(f"/admin/reconciliations/{NEVER_WAS}"),
        404,
        {"run_id": NEVER_WAS},
    ),
    "account_frozen": (spend_while_frozen, 403, None),
    "account_already_frozen": (freeze_again, 409, {"account_id": SOMEBODY}),
    "account_not_frozen": (unfreeze_again, 409, {"account_id": SOMEBODY}),
    "sessions_not_configured": (without_sessions, 422, None),
    "account_not_found": (account_unknown, 404, {"account_id": "nobody"}),
    "zone_changed_lately": (zone_changed_lately, 409, {"next_at": "2026-02-11T12:00:00Z"}),
    "api_key_not_found": (
        lambda service: service.as_admin().delete(f"/admin/keys/{NEVER_WAS}"),
        404,
        {"api_key_id": NEVER_WAS},
    ),
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
