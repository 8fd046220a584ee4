"""How each refusal about receipts comes about."""

from collections.abc import Awaitable, Callable, Mapping

from attrs import evolve

from tests.support.app import Service
from tests.support.builders.payments import an_order
from tests.support.callers import Answer

NEVER_PAID = "0199ffff-0000-7000-8000-000000000000"

Details = Mapping[str, object] | None


async def of_an_unpaid_order(service: Service) -> Answer:
    async with service.store.begin() as work:
        await work.orders.add(an_order(id=NEVER_PAID))
        await work.commit()
    return await service.as_user().get(f"/orders/{NEVER_PAID}/receipt")


async def with_signs_no_font_has(service: Service) -> Answer:
    order = await service.paid()
    async with service.store.begin() as work:
        taken = await work.orders.take(order.id)
        await work.orders.save(evolve(taken, line=evolve(taken.line, name="点数 100")))
        await work.commit()
    return await service.as_user().get(f"/orders/{order.id}/receipt")


RECEIPT_CASES: Mapping[str, tuple[Callable[[Service], Awaitable[Answer]], int, Details]] = {
    "receipt_not_issued": (of_an_unpaid_order, 404, {"order_id": NEVER_PAID}),
    "receipt_unprintable": (with_signs_no_font_has, 422, {"signs": "U+70B9, U+6570"}),
}
