"""Coupons over HTTP, for customers."""

import pytest

from domain.access.role import Scope
from tests.entrypoints.good_coupons import GIFT
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.callers import Answer

ONCE = {**GIFT, "max_redemptions_per_account": 1}


async def a_preview(service: Service, **coupon: object) -> Answer:
    plan = a_plan(price_monthly_minor=999, credits_included=10000)
    async with service.store.begin() as work:
        await work.plans.add(plan)
        await work.commit()
    created = await service.as_admin().post("/admin/billing/coupons", coupon)
    assert created.status == 201, created.body
    body = {"coupon_code": "spring", "type": "subscription", "plan_id": plan.id}
    before = service.kept()
    answer = await service.as_user().post("/coupons/preview", body)
    assert service.kept() == before
    return answer


async def test_a_preview_says_what_a_percentage_takes_off(service: Service) -> None:
    answer = await a_preview(service, code="SPRING", percent_off=25)

    assert answer.status == 200
    assert answer.body == {
        "success": True,
        "data": {
            "coupon_code": "SPRING",
            "subtotal": 999,
            "credit_codes": [],
            "discount": 249,
            "discount_periods": 1,
            "total": 750,
            "currency": "USD",
            "credits": 10000,
            "bonus_credits": 0,
            "trial_days": 0,
        },
    }


async def test_a_preview_never_takes_off_more_than_the_price(service: Service) -> None:
    answer = await a_preview(
        service, code="SPRING", amounts_off=[{"amount": 5000, "currency": "USD"}]
    )

    assert (answer.data["discount"], answer.data["total"]) == (999, 0)


async def test_a_preview_shows_credits_that_come_on_top(service: Service) -> None:
    answer = await a_preview(service, code="SPRING", bonus_credits=300)

    assert (answer.data["discount"], answer.data["bonus_credits"]) == (0, 300)


async def test_a_preview_says_how_long_a_trial_lasts_and_what_is_paid_after_it(
    service: Service,
) -> None:
    answer = await a_preview(service, code="SPRING", trial_days=30)

    sums = [answer.data[name] for name in ("trial_days", "discount", "total")]
    assert sums == [30, 0, 999]


@pytest.mark.parametrize(
    "coupon",
    [
        {"code": "OTHER", "percent_off": 25},
        {"code": "SPRING", "percent_off": 25, "starts_at": "2026-01-12T12:00:01Z"},
        {"code": "SPRING", "percent_off": 25, "ends_at": "2026-01-12T12:00:00Z"},
        {"code": "SPRING", "amounts_off": [{"amount": 100, "currency": "EUR"}]},
        {"code": "SPRING", "percent_off": 25, "account_ids": ["somebody-else"]},
        {"code": "SPRING", "percent_off": 25, "item_ids": ["another-plan"]},
        {"code": "SPRING", "bonus_percent": 25},
    ],
)
async def test_every_code_that_does_nothing_is_refused_with_the_same_words(
    service: Service, coupon: dict[str, object]
) -> None:
    answer = await a_preview(service, **coupon)

    assert (answer.status, answer.code) == (422, "coupon_refused")
    assert answer.error["details"] == {"reason": "not_accepted"}
    assert answer.error["message"].startswith("This code is not valid here. Check that it is typed")


async def test_a_gift_is_redeemed_once_and_says_what_it_brought(service: Service) -> None:
    await service.as_admin().post("/admin/billing/coupons", GIFT | {"max_redemptions": 1})

    first = await service.as_user().post("/coupons/redeem", {"code": " gi-ft "}, key="k")
    again = await service.as_user().post("/coupons/redeem", {"code": " gi-ft "}, key="k")
    more = await service.as_user().post("/coupons/redeem", {"code": "GIFT"})

    assert first.status == 201
    assert first.data == {
        "id": first.data["id"],
        "code": "GIFT",
        "credits": 50,
        "expires_at": "2026-02-11T12:00:00Z",
        "scope": ["model:gpt-4*"],
    }
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
    assert (more.status, more.error["details"]) == (422, {"reason": "already_used"})
    assert more.error["message"] == "You have used this code already."
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 50


@pytest.mark.parametrize("path", ["/coupons/redeem", "/coupons/preview"])
async def test_whoever_guesses_has_to_wait_even_for_a_code_that_counts(
    service: Service, path: str
) -> None:
    await service.as_admin().post("/admin/billing/coupons", GIFT)
    bought = {"type": "credits", "pack_id": "none"} if path.endswith("preview") else {}
    name = "coupon_code" if bought else "code"
    pack = a_pack()
    async with service.store.begin() as work:
        await work.packs.add(pack)
        await work.commit()
    if bought:
        bought["pack_id"] = pack.id
    user = service.as_user()

    guesses = [await user.post(path, {name: f"GUESS{n}", **bought}) for n in range(20)]
    stopped = await user.post(path, {name: "GIFT", **bought})
    other = await service.as_user("user-77").post(path, {name: "GIFT", **bought})

    assert {answer.code for answer in guesses} == {"coupon_refused"}
    assert (stopped.status, stopped.code) == (429, "too_many_guesses")
    assert 1 <= int(stopped.headers["Retry-After"]) <= 180
    said = stopped.error["message"]
    assert said == "Too many codes that do nothing were tried. Try again in 3 minutes."
    assert other.status in {200, 201}


async def test_ones_own_code_is_no_guess_however_often_it_is_tried(service: Service) -> None:
    await service.as_admin().post("/admin/billing/coupons", ONCE)
    user = service.as_user()
    await user.post("/coupons/redeem", {"code": "GIFT"})

    for _ in range(40):
        again = await user.post("/coupons/redeem", {"code": "gi-ft"})
        assert (again.status, again.error["details"]) == (422, {"reason": "already_used"})


async def test_another_code_of_a_coupon_one_has_used_is_refused_like_any(service: Service) -> None:
    owner, user = service.as_admin(), service.as_user()
    coupon = (await owner.post("/admin/billing/coupons", ONCE)).data
    codes = f"/admin/billing/coupons/{coupon['id']}/codes"
    await owner.post(codes, {"count": 1})
    (first, second) = [each["code"] for each in (await owner.get(codes)).data]
    await user.post("/coupons/redeem", {"code": first})

    other = await user.post("/coupons/redeem", {"code": second})
    unknown = await user.post("/coupons/redeem", {"code": "NO-SUCH"})

    assert other.error["details"] == unknown.error["details"] == {"reason": "not_accepted"}
    assert other.error["message"] == unknown.error["message"]


async def test_an_address_may_guess_ten_times_as_often_as_an_account(service: Service) -> None:
    codes = [
        (await service.as_user(f"user-{n % 40}").post("/coupons/redeem", {"code": "NO"})).code
        for n in range(201)
    ]

    assert codes.count("coupon_refused") == 200
    assert codes[-1] == "too_many_guesses"


async def test_a_backends_address_does_not_count_but_its_accounts_do(service: Service) -> None:
    backend = await service.as_backend(Scope.CHECKOUT_CREATE)

    async def guessed(account_id: str) -> str | None:
        body = {"code": "NO", "account_id": account_id}
        return (await backend.post("/coupons/redeem", body)).code

    own = [await guessed(SOMEBODY) for _ in range(21)]
    others = [await guessed(f"other-{number}") for number in range(200)]

    assert own == ["coupon_refused"] * 20 + ["too_many_guesses"]
    assert set(others) == {"coupon_refused"}


async def test_a_backend_previews_for_the_account_it_names(service: Service) -> None:
    backend = await service.as_backend(Scope.CHECKOUT_CREATE)
    body = {"coupon_code": "spring", "type": "credits", "pack_id": "none"}

    named = await backend.post("/coupons/preview", {**body, "account_id": SOMEBODY})
    unnamed = await backend.post("/coupons/preview", body)

    assert (named.status, named.code) == (404, "pack_not_found")
    assert (unnamed.status, unnamed.paths) == (400, ["account_id"])
