"""Providers' webhooks over HTTP: stored before they are acknowledged, applied once."""

import asyncio

from tests.support.app import SHOP, Service
from tests.support.builders.subscriptions import a_pack
from tests.support.callers import Answer
from tests.support.signing_provider import SIGNATURE, paid_event, signature_of

PATH = "/payment/webhook/sandbox"


async def an_open_order(service: Service) -> str:
    """Return the order of a pack of 500 credits at 5.00, waiting to be paid."""
    pack = a_pack()
    async with service.store.begin() as work:
        await work.packs.add(pack)
        await work.commit()
    body = {
        "channel": "sandbox",
        "type": "credits",
        "pack_id": pack.id,
        "success_url": f"{SHOP}/thanks",
        "cancel_url": f"{SHOP}/shop",
    }
    started = await service.as_user().post("/payment/create-session", body)
    return str(started.data["order_id"])


async def deliver(
    service: Service, raw: bytes, *, signature: str | None = None, path: str = PATH
) -> Answer:
    headers = {SIGNATURE: signature_of(raw) if signature is None else signature}
    return await service.as_nobody().send("POST", path, raw=raw, headers=headers)


async def test_a_payment_is_acknowledged_and_its_credits_are_there(service: Service) -> None:
    order_id = await an_open_order(service)

    answer = await deliver(service, paid_event(order_id, net_minor=500))

    assert answer.status == 200
    assert answer.body == {"success": True, "data": {"received": True}}
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 500


async def test_the_same_event_again_is_acknowledged_and_does_nothing(service: Service) -> None:
    raw = paid_event(await an_open_order(service), net_minor=500)
    await deliver(service, raw)
    after_first = service.kept()

    answer = await deliver(service, raw)

    assert (answer.status, answer.data) == (200, {"received": True})
    assert service.kept() == after_first


async def test_one_payment_told_many_times_at_once_credits_once(service: Service) -> None:
    order_id = await an_open_order(service)
    events = [paid_event(order_id, net_minor=500, event_id=f"evt_{n % 3}") for n in range(9)]

    answers = await asyncio.gather(*(deliver(service, raw) for raw in events))

    assert {answer.status for answer in answers} == {200}
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 500


async def test_an_event_that_cannot_be_applied_is_kept_and_acknowledged(service: Service) -> None:
    answer = await deliver(service, paid_event("00000000-0000-7000-8000-00000000ffff", net_minor=5))

    assert (answer.status, answer.data) == (200, {"received": True})
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 0
    assert "order_not_found" in repr(service.kept()["inbox"])


async def test_money_of_another_amount_is_kept_for_a_person_who_can_settle_or_refund_it(
    service: Service,
) -> None:
    order_id = await an_open_order(service)

    answer = await deliver(service, paid_event(order_id, net_minor=499))

    assert (answer.status, answer.data) == (200, {"received": True})
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 0
    owner = service.as_admin()
    shown = (await owner.get(f"/admin/orders/{order_id}")).data
    assert (shown["status"], shown["total"]) == ("paid", 499)
    assert shown["concern"].startswith("500 USD was agreed upon and 499 USD was paid")
    refund = await owner.post(f"/admin/orders/{order_id}/refund", {"reason": "Test"}, key="k")
    assert (refund.status, refund.data["amount"]) == (201, 499)
    settled = await owner.post(f"/admin/orders/{order_id}/settle", {"reason": "Given back"})
    assert (settled.status, settled.data["concern"]) == (200, None)


async def test_an_event_without_the_right_signature_is_not_kept(service: Service) -> None:
    raw = paid_event(await an_open_order(service), net_minor=500)
    before = service.kept()

    answers = [
        await deliver(service, raw, signature=""),
        await deliver(service, raw, signature=signature_of(raw + b" ")),
        await deliver(service, raw + b" ", signature=signature_of(raw)),
        await service.as_nobody().send("POST", PATH, raw=raw),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(400, "signature_refused")}
    assert service.kept() == before


async def test_a_signed_body_that_is_no_event_is_not_kept(service: Service) -> None:
    before = service.kept()

    answer = await deliver(service, b"paid!")

    assert (answer.status, answer.code) == (400, "webhook_unreadable")
    assert service.kept() == before


async def test_a_channel_nobody_configured_takes_no_webhooks(service: Service) -> None:
    before = service.kept()

    answer = await deliver(service, b"{}", path="/payment/webhook/stripe")

    assert (answer.status, answer.code) == (422, "channel_not_configured")
    assert answer.error["details"] == {"channel": "stripe", "configured": ["sandbox"]}
    assert service.kept() == before


async def test_a_webhook_may_say_what_type_it_likes_and_carry_a_query(service: Service) -> None:
    raw = paid_event(await an_open_order(service), net_minor=500)
    headers = {SIGNATURE: signature_of(raw), "Content-Type": "text/plain"}

    answer = await service.as_nobody().send("POST", f"{PATH}?v=2", raw=raw, headers=headers)

    assert answer.status == 200
