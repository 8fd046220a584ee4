"""Coupons and their codes for admins over HTTP."""

import csv
import io

import pytest

from domain.access.role import Role
from tests.entrypoints.good_coupons import COUPON, GIFT
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.subscriptions import a_pack
from tests.support.callers import Caller

COUPONS = "/admin/billing/coupons"
YEN = {"amount": 5, "currency": "JPY"}


async def a_coupon_of(owner: Caller, **body: object) -> str:
    """Create a coupon, and return its path."""
    made = await owner.post(COUPONS, {"code": "ONE", "percent_off": 10, **body})
    assert made.status == 201, made.body
    return f"{COUPONS}/{made.data['id']}"


async def test_a_coupon_is_created_with_all_it_has(service: Service) -> None:
    answer = await service.as_admin(Role.OPERATOR).post(
        "/admin/billing/coupons", {**COUPON, "code": " summer "}
    )

    assert answer.status == 201
    assert answer.body == {
        "success": True,
        "data": {
            "id": answer.data["id"],
            **COUPON,
            "percent_off": None,
            "bonus_credits": None,
            "bonus_percent": None,
            "trial_days": None,
            "credits_days": None,
            "credits_scope": [],
            "redeemable_alone": False,
            "redeemed": 0,
            "archived": False,
            "created_at": "2026-01-12T12:00:00Z",
        },
    }
    async with service.store.read() as work:
        (entry,) = await work.audit_log.of_target(f"coupon:{answer.data['id']}", 10)
    assert entry.action == "coupon.create"


@pytest.mark.parametrize(
    ("effect", "shown"),
    [
        ({"percent_off": 100}, (100, [], None, None, None)),
        ({"amounts_off": [YEN]}, (None, [YEN], None, None, None)),
        ({"bonus_credits": 7}, (None, [], 7, None, None)),
        ({"bonus_percent": 20}, (None, [], None, 20, None)),
        ({"trial_days": 30}, (None, [], None, None, 30)),
    ],
)
async def test_a_coupon_has_one_effect(
    service: Service, effect: dict[str, object], shown: tuple[object, ...]
) -> None:
    body = {"code": "ONE", **effect, "max_redemptions_per_account": None}

    coupon = (await service.as_admin().post("/admin/billing/coupons", body)).data

    effects = ("percent_off", "amounts_off", "bonus_credits", "bonus_percent", "trial_days")
    assert tuple(coupon[name] for name in effects) == shown
    assert (coupon["max_redemptions"], coupon["max_redemptions_per_account"]) == (None, None)


async def test_a_coupon_is_for_one_use_an_account_unless_it_says_otherwise(
    service: Service,
) -> None:
    body = {"code": "ONE", "percent_off": 10}

    answer = await service.as_admin().post("/admin/billing/coupons", body)

    assert answer.data["max_redemptions_per_account"] == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"code": "NONE"}, "percent_off"),
        ({"code": "TWO", "percent_off": 1, "bonus_credits": 1}, "percent_off"),
        ({"code": "BARE", "amounts_off": [{"amount": 1}]}, "amounts_off[0].currency"),
        ({"code": "BARE", "amounts_off": [YEN, YEN]}, "amounts_off"),
        ({"code": "TWO", "percent_off": 1, "amounts_off": [YEN]}, "percent_off"),
        ({"code": "LONG", "percent_off": 1, "periods": 2}, "periods"),
        ({"code": "TWO", "trial_days": 7, "bonus_percent": 10}, "percent_off"),
        ({"code": "LONG", "trial_days": 366}, "trial_days"),
        ({"code": "LONG", "trial_days": 7, "duration": "forever"}, "duration"),
        ({"code": "ALONE", "trial_days": 7, "redeemable_alone": True}, "redeemable_alone"),
        ({"code": "LONG", "percent_off": 1, "duration": "periods"}, "periods"),
        ({"code": "LONG", "percent_off": 100, "duration": "forever"}, "duration"),
        ({"code": "LONG", "bonus_credits": 1, "duration": "forever"}, "duration"),
        ({"code": "ALONE", "percent_off": 1, "redeemable_alone": True}, "redeemable_alone"),
        ({**GIFT, "item_ids": ["plan"]}, "redeemable_alone"),
        ({"code": "DAYS", "percent_off": 1, "credits_days": 1}, "credits_days"),
        ({"code": "SCOPE", "percent_off": 1, "credits_scope": ["model:a"]}, "credits_scope"),
        ({**GIFT, "credits_scope": ["gpt-4"]}, "scope[0]"),
        ({"code": "no blanks", "percent_off": 1}, "code"),
        ({"code": "-A", "percent_off": 1}, "code"),
        ({"code": "AB", "percent_off": 1}, "code"),
        ({"code": "ALL", "percent_off": 101}, "percent_off"),
        (
            {
                "code": "BACK",
                "percent_off": 1,
                "starts_at": "2026-02-01T00:00:00Z",
                "ends_at": "2026-02-01T00:00:00Z",
            },
            "ends_at",
        ),
    ],
)
async def test_a_coupon_that_makes_no_sense_is_refused(
    service: Service, body: dict[str, object], path: str
) -> None:
    before = service.kept()

    answer = await service.as_admin().post("/admin/billing/coupons", body)

    assert (answer.status, answer.paths) == (400, [path])
    assert service.kept() == before


async def test_a_code_belongs_to_one_coupon_whatever_its_case(service: Service) -> None:
    owner = service.as_admin()
    await owner.post("/admin/billing/coupons", {"code": "SPRING", "percent_off": 10})
    before = service.kept()

    answer = await owner.post("/admin/billing/coupons", {"code": "spring", "percent_off": 20})

    assert (answer.status, answer.code) == (409, "coupon_code_taken")
    assert answer.error["details"] == {"coupon_code": "SPRING"}
    assert service.kept() == before


async def test_coupons_are_listed_newest_first_in_pages(service: Service) -> None:
    owner = service.as_admin()
    for code in ("FIRST", "SECOND", "THIRD"):
        await owner.post("/admin/billing/coupons", {"code": code, "percent_off": 10})

    page = await owner.get("/admin/billing/coupons", limit=2)
    rest = await owner.get("/admin/billing/coupons", limit=2, after=page.body["meta"]["next"])

    assert [coupon["code"] for coupon in page.data] == ["THIRD", "SECOND"]
    assert [coupon["code"] for coupon in rest.data] == ["FIRST"]


async def test_a_coupon_is_replaced_as_a_whole_but_for_its_codes(service: Service) -> None:
    owner = service.as_admin()
    path = await a_coupon_of(owner, name="Old", max_redemptions=7)

    answer = await owner.put(path, {"percent_off": 20, "reason": "More of it"})

    assert answer.status == 200
    shown = answer.data
    assert (shown["code"], shown["percent_off"], shown["name"]) == ("ONE", 20, "")
    assert shown["max_redemptions"] is None
    assert (await owner.get(path)).data == shown
    async with service.store.read() as work:
        entry, *_ = await work.audit_log.of_target(f"coupon:{shown['id']}", 10)
    assert (entry.action, entry.reason) == ("coupon.replace", "More of it")


async def test_a_coupon_is_put_aside_and_taken_up_again(service: Service) -> None:
    owner = service.as_admin(Role.OPERATOR)
    path = await a_coupon_of(owner)

    aside = await owner.post(f"{path}/archive", {"reason": "Over"})
    again = await owner.post(f"{path}/unarchive")

    assert (aside.data["archived"], again.data["archived"]) == (True, False)


async def test_codes_are_made_listed_by_batch_and_switched_off(service: Service) -> None:
    owner = service.as_admin()
    path = await a_coupon_of(owner)

    made = await owner.post(f"{path}/codes", {"count": 3, "prefix": "vip"}, key="k")
    again = await owner.post(f"{path}/codes", {"count": 3, "prefix": "vip"}, key="k")
    listed = await owner.get(f"{path}/codes", batch=made.data["batch"])
    off = await owner.post(f"{path}/codes/disable", {"code": listed.data[0]["code"].lower()})
    open_ones = await owner.get(f"{path}/codes", state="open", limit=2)

    assert (made.status, made.data["count"], made.data["prefix"]) == (201, 3, "VIP")
    assert again.data == made.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert [code["max_redemptions"] for code in listed.data] == [1, 1, 1]
    assert (off.data["code"], off.data["state"]) == (listed.data[0]["code"], "disabled")
    assert [code["code"] for code in open_ones.data] == ["ONE", listed.data[1]["code"]]
    assert open_ones.body["meta"]["next"] is not None


async def test_ten_thousand_codes_are_made_in_one_call_and_not_one_more(service: Service) -> None:
    owner = service.as_admin()
    path = await a_coupon_of(owner)

    most = await owner.post(f"{path}/codes", {"count": 10_000})
    more = await owner.post(f"{path}/codes", {"count": 10_001})

    assert (most.status, most.data["count"]) == (201, 10_000)
    assert (more.status, more.paths) == (400, ["count"])


async def rows_of(caller: Caller, path: str, **filters: str) -> list[list[str]]:
    """Return the rows of a coupon's codes file, its header first."""
    answer = await caller.get(f"{path}/codes.csv", **filters)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.raw.decode())))


async def test_all_codes_come_as_one_file_in_the_order_they_were_made(service: Service) -> None:
    owner = service.as_admin()
    path = await a_coupon_of(owner)
    made = await owner.post(f"{path}/codes", {"count": 2500, "prefix": "VIP"})
    await owner.post(f"{path}/codes/disable", {"code": "ONE"})

    header, *codes = await rows_of(owner, path)

    assert header == ["code", "state", "redeemed", "max_redemptions", "batch", "created_at"]
    assert len({code[0] for code in codes}) == len(codes) == 2501
    assert codes[0] == ["ONE", "disabled", "0", "", "", "2026-01-12T12:00:00Z"]
    listed = await owner.get(f"{path}/codes", limit=2)
    assert codes[1][0] == listed.data[1]["code"]
    assert {tuple(code[1:5]) for code in codes[1:]} == {("open", "0", "1", made.data["batch"])}
    assert await rows_of(owner, path, state="disabled") == [header, codes[0]]
    assert len(await rows_of(owner, path, batch=made.data["batch"])) == 2501


async def test_the_file_of_a_coupon_that_is_not_there_is_refused(service: Service) -> None:
    path = f"{COUPONS}/019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10/codes.csv"

    answer = await service.as_admin().get(path)

    assert (answer.status, answer.code) == (404, "coupon_not_found")


async def test_an_admin_is_told_why_a_customer_is_not(service: Service) -> None:
    owner = service.as_admin()
    path = await a_coupon_of(owner, ends_at="2026-01-12T12:00:00Z")
    pack = a_pack()
    async with service.store.begin() as work:
        await work.packs.add(pack)
        await work.commit()

    told = await owner.post(f"{path}/check", {"account_id": SOMEBODY, "pack_id": pack.id})
    body = {"coupon_code": "ONE", "type": "credits", "pack_id": pack.id}
    untold = await service.as_user().post("/coupons/preview", body)

    assert (told.data["accepted"], told.data["reason"]) == (False, "ended")
    assert told.data["message"] == "The coupon's time is over."
    assert untold.error["details"] == {"reason": "not_accepted"}


async def test_a_check_says_what_the_coupon_would_do(service: Service) -> None:
    owner = service.as_admin()
    gift = await owner.post(COUPONS, GIFT)

    told = await owner.post(f"{COUPONS}/{gift.data['id']}/check", {"account_id": SOMEBODY})

    assert told.data == {
        "code": "GIFT",
        "accepted": True,
        "reason": None,
        "message": None,
        "discount": 0,
        "discount_periods": 1,
        "bonus_credits": 50,
        "trial_days": 0,
    }


async def test_uses_are_listed_with_account_order_amount_and_state(service: Service) -> None:
    owner = service.as_admin()
    gift = await owner.post(COUPONS, GIFT)
    await service.as_user().post("/coupons/redeem", {"code": "gift"})

    uses = await owner.get(f"{COUPONS}/{gift.data['id']}/redemptions")

    assert uses.data == [
        {
            "id": uses.data[0]["id"],
            "code": "GIFT",
            "account_id": SOMEBODY,
            "order_id": None,
            "status": "confirmed",
            "discount": 0,
            "currency": None,
            "bonus_credits": 50,
            "trial_days": 0,
            "reserved_at": "2026-01-12T12:00:00Z",
            "settled_at": "2026-01-12T12:00:00Z",
        }
    ]
