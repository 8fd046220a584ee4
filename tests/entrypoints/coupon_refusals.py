"""How coupons and their codes are refused, for the table of refusals."""

from collections.abc import Awaitable, Callable, Mapping

from tests.support.app import Service
from tests.support.callers import Answer

NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"


async def no_coupon(service: Service) -> Answer:
    return await service.as_admin().get(f"/admin/billing/coupons/{NEVER_WAS}")


async def no_such_code(service: Service) -> Answer:
    coupon = {"code": "SPRING", "percent_off": 10}
    made = await service.as_admin().post("/admin/billing/coupons", coupon)
    path = f"/admin/billing/coupons/{made.data['id']}/codes/disable"
    return await service.as_admin().post(path, {"code": "AUTUMN"})


async def guessed_too_often(service: Service) -> Answer:
    for number in range(20):
        await service.as_user().post("/coupons/redeem", {"code": f"GUESS{number}"})
    return await service.as_user().post("/coupons/redeem", {"code": "GUESS"})


COUPON_CASES: Mapping[
    str, tuple[Callable[[Service], Awaitable[Answer]], int, Mapping[str, object] | None]
] = {
    "coupon_not_found": (no_coupon, 404, {"coupon_id": NEVER_WAS}),
    "coupon_code_not_found": (no_such_code, 404, None),
    "too_many_guesses": (guessed_too_often, 429, None),
}
