"""Coming back from a checkout over HTTP."""

from domain.access.role import Scope
from domain.payments.errors import ProviderUnavailable
from tests.support.app import SHOP, Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_pack
from tests.support.signing_provider import SIGNATURE, paid_event, signature_of


async def bought(service: Service, *, is_paid: bool = True) -> str:
    """Buy a pack of 500 credits; return the order's id."""
    pack = a_pack()
    async with service.store.begin() as work:
        await work.packs.add(pack)
        await work.commit()
    body = {
        "channel": SANDBOX,
        "type": "credits",
        "pack_id": pack.id,
        "success_url": f"{SHOP}/thanks",
        "cancel_url": f"{SHOP}/shop",
    }
    answer = await service.as_user().post("/payment/create-session", body)
    order_id: str = answer.data["order_id"]
    if is_paid:
        session_id = answer.data["session_id"]
        service.provider.paid_sessions[session_id] = paid_event(order_id, net_minor=500)
    return order_id


async def balance(service: Service) -> int:
    answer = await service.as_user().get("/credits/balance")
    found: int = answer.data["balance"]
    return found


async def test_a_buyer_who_comes_back_first_sees_the_paid_order_and_the_credits(
    service: Service,
) -> None:
    order_id = await bought(service)

    answer = await service.as_user().post("/payment/confirm", {"order_id": order_id})
    shown = await service.as_user().get(f"/orders/{order_id}")

    assert (answer.status, answer.data["status"], answer.data["total"]) == (200, "paid", 500)
    assert answer.data == shown.data
    assert await balance(service) == 500


async def test_the_webhook_that_follows_credits_nothing_more(service: Service) -> None:
    order_id = await bought(service)
    await service.as_user().post("/payment/confirm", {"order_id": order_id})

    raw = paid_event(order_id, net_minor=500)
    await service.as_nobody().send(
        "POST", f"/payment/webhook/{SANDBOX}", raw=raw, headers={SIGNATURE: signature_of(raw)}
    )
    again = await service.as_user().post("/payment/confirm", {"order_id": order_id})

    assert (again.data["status"], await balance(service)) == ("paid", 500)


async def test_an_order_that_is_not_paid_yet_is_answered_as_pending(service: Service) -> None:
    order_id = await bought(service, is_paid=False)

    answer = await service.as_user().post("/payment/confirm", {"order_id": order_id})

    assert (answer.status, answer.data["status"]) == (200, "pending")


async def test_the_backend_names_the_account(service: Service) -> None:
    order_id = await bought(service)
    backend = await service.as_backend(Scope.ORDERS_READ)

    nameless = await backend.post("/payment/confirm", {"order_id": order_id})
    answer = await backend.post("/payment/confirm", {"account_id": SOMEBODY, "order_id": order_id})

    assert (nameless.status, nameless.paths) == (400, ["account_id"])
    assert answer.data["status"] == "paid"


async def test_the_order_of_another_account_or_of_nobody_is_not_found(service: Service) -> None:
    order_id = await bought(service)
    other = service.as_user(SOMEBODY_ELSE)

    for asked in (order_id, "not an id", "00000000-0000-7000-8000-000000000099"):
        answer = await other.post("/payment/confirm", {"order_id": asked})
        assert (answer.status, answer.code) == (404, "order_not_found")
    assert await balance(service) == 0


async def test_a_silent_provider_is_a_503_that_may_be_repeated(service: Service) -> None:
    order_id = await bought(service)
    service.provider.refusal = ProviderUnavailable(channel=SANDBOX)

    silent = await service.as_user().post("/payment/confirm", {"order_id": order_id})
    service.provider.refusal = None
    answer = await service.as_user().post("/payment/confirm", {"order_id": order_id})

    assert (silent.status, silent.code) == (503, "provider_unavailable")
    assert (answer.data["status"], await balance(service)) == ("paid", 500)


async def test_a_payment_that_does_not_fit_pays_the_order_without_credits_and_raises_an_alarm(
    service: Service,
) -> None:
    order_id = await bought(service)
    (session_id,) = service.provider.paid_sessions
    service.provider.paid_sessions[session_id] = paid_event(order_id, net_minor=1)

    answer = await service.as_user().post("/payment/confirm", {"order_id": order_id})

    assert (answer.status, answer.data["status"]) == (200, "paid")
    assert await balance(service) == 0
    (alarm,) = service.alarms
    assert order_id in alarm
