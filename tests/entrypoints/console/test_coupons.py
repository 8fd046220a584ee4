"""What an admin does with coupons on the console's pages."""

import csv
import html
import io
import re

import pytest

from application.promotions.read_coupons import ReadCoupon
from domain.promotions.ids import CouponId
from entrypoints.console.coupon_form import values_of
from tests.entrypoints.console.browser import Browser, signed_in
from tests.entrypoints.good_coupons import COUPON, GIFT
from tests.support.app import Service
from tests.support.builders.subscriptions import a_pack, a_plan

COUPONS = "/admin/billing/coupons"
_TICKED = re.compile(r'name="item_ids" value="([^"]+)" checked')


async def only_coupon(service: Service) -> dict[str, object]:
    """Return the one coupon there is, as the API shows it."""
    (coupon,) = (await service.as_admin().get(COUPONS)).data
    return dict(coupon)


async def form_of(service: Service, coupon_id: str) -> dict[str, str]:
    """Return what stands in the form of a coupon."""
    read = service.container.coupon_desk().read_coupon
    coupon = await read(ReadCoupon(coupon_id=CouponId(coupon_id)))
    return dict(values_of(coupon))


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"effect": "percent_off", "percent_off": "25"}, "percent_off", 25),
        (
            {"effect": "amounts_off", "amounts_off": "5 usd\r\n4.50 EUR\r\n600 JPY\r\n"},
            "amounts_off",
            [
                {"amount": 500, "currency": "USD"},
                {"amount": 450, "currency": "EUR"},
                {"amount": 600, "currency": "JPY"},
            ],
        ),
        ({"effect": "bonus_credits", "bonus_credits": "50"}, "bonus_credits", 50),
        ({"effect": "bonus_percent", "bonus_percent": "20"}, "bonus_percent", 20),
        ({"effect": "trial_days", "trial_days": "30"}, "trial_days", 30),
    ],
)
async def test_a_coupon_does_the_one_thing_that_was_chosen(
    service: Service, owner: Browser, fields: dict[str, str], name: str, value: object
) -> None:
    done = await owner.fill("/coupon/new", code="spring", max_redemptions_per_account="", **fields)

    assert done.status == 303, done.text
    coupon = await only_coupon(service)
    assert (coupon["code"], coupon[name]) == ("SPRING", value)
    assert coupon["max_redemptions_per_account"] is None
    assert "SPRING" in (await owner.get("/coupons")).text
    assert "SPRING" in (await owner.get(f"/coupon?id={coupon['id']}")).text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"effect": "percent_off"}, "Is required"),
        ({"effect": "percent_off", "percent_off": "101"}, "1 to 100"),
        ({"effect": "nothing"}, "Choose what the coupon does"),
        ({"effect": "amounts_off", "amounts_off": "five"}, "Must be lines such as 9.99 USD"),
        ({"effect": "amounts_off", "amounts_off": "1.234 USD"}, "May have 2 decimals at most"),
        (
            {"effect": "percent_off", "percent_off": "5", "duration": "periods"},
            "Is required with duration periods",
        ),
        ({"effect": "bonus_credits", "bonus_credits": "5", "code": "!"}, "Must be 3 to 40"),
        ({"effect": "bonus_credits", "bonus_credits": "5", "ends_at": "x"}, "Must be a day"),
        (
            {"effect": "percent_off", "percent_off": "25", "trial_days": "9"},
            "Days of trial belong to another kind of coupon: choose “Begins a trial”",
        ),
        (
            {"effect": "trial_days", "trial_days": "30", "redeemable_alone": "yes"},
            "choose “Adds credits” or “Adds a share of a pack”, or leave it empty",
        ),
        (
            {"effect": "bonus_credits", "bonus_credits": "5", "periods": "3"},
            "Periods belong to another kind of coupon: choose “Takes a share off”",
        ),
    ],
)
async def test_a_coupon_that_makes_no_sense_is_not_created_and_says_so_beside_the_field(
    service: Service, owner: Browser, fields: dict[str, str], message: str
) -> None:
    page = await owner.fill("/coupon/new", **{"code": "SPRING", **fields})

    assert page.status == 400
    assert message in page.text
    assert (await service.as_admin().get(COUPONS)).data == []


async def test_everything_that_is_wrong_with_a_coupon_is_said_at_once(
    service: Service, owner: Browser
) -> None:
    wrong = {
        "code": "!",
        "effect": "percent_off",
        "trial_days": "9",
        "duration": "forever",
        "max_redemptions": "many",
        "starts_at": "2026-03-01T00:00",
        "ends_at": "2026-02-01T00:00",
        "minimum_amounts": "ten",
    }

    page = await owner.fill("/coupon/new", **wrong)
    unchosen = await owner.fill("/coupon/new", code="-", effect="", ends_at="soon")

    beside = re.findall(r'<span class="problem">([^<]*)</span>', page.html)
    for said in (
        "Must be 3 to 40 characters",
        "Is required",
        "Days of trial belong to another kind",
        "Must be a whole number",
        "Must lie after starts_at",
        "Must be lines such as 9.99 USD",
    ):
        assert any(each.startswith(said) for each in beside), (said, beside)
    assert len(beside) == 6
    assert "Please look at the marked fields." in page.text
    for said in ("Choose what the coupon does", "Must be 3 to 40", "Must be a day"):
        assert said in unchosen.text, said
    assert (await service.as_admin().get(COUPONS)).data == []


@pytest.mark.parametrize("body", [COUPON, GIFT], ids=["money", "credits"])
async def test_a_form_that_is_saved_as_it_was_shown_changes_nothing(
    service: Service, owner: Browser, body: dict[str, object]
) -> None:
    before = (await service.as_admin().post(COUPONS, body)).data
    edit = f"/coupon/edit?id={before['id']}"
    shown = await form_of(service, before["id"])

    page = await owner.get(edit)
    chosen = _TICKED.findall(page.html)
    pairs = [*page.hidden.items(), *shown.items(), *(("item_ids", each) for each in chosen)]
    done = await owner.post(edit, pairs)

    assert all(html.escape(value) in page.html for value in shown.values())
    assert chosen == list(before["item_ids"])

    assert done.status == 303, done.text
    assert await only_coupon(service) == before


async def test_plans_and_packs_are_chosen_by_name(service: Service, owner: Browser) -> None:
    plan, pack, other = a_plan(name="Studio"), a_pack(name="Handful"), a_pack(name="Barrel")
    async with service.store.begin() as work:
        await work.plans.add(plan)
        await work.packs.add(pack)
        await work.packs.add(other)
        await work.commit()
    form = await owner.get("/coupon/new")
    assert [name in form.text for name in ("Studio plan", "Handful pack", "Barrel pack")] == [
        True
    ] * 3
    said = {"code": "SPRING", "effect": "percent_off", "percent_off": "25"}
    chosen = [("item_ids", plan.id), ("item_ids", pack.id)]

    refused = await owner.post(
        "/coupon/new", [*form.hidden.items(), *{**said, "percent_off": "x"}.items(), *chosen]
    )
    done = await owner.post("/coupon/new", [*form.hidden.items(), *said.items(), *chosen])

    assert _TICKED.findall(refused.html) == [plan.id, pack.id]
    assert done.status == 303, done.text
    coupon = await only_coupon(service)
    assert coupon["item_ids"] == [plan.id, pack.id]
    page = await owner.get(f"/coupon?id={coupon['id']}")
    assert "Plans and packs Studio , Handful" in page.text
    assert "Barrel" not in page.text


async def test_a_coupon_is_changed_and_a_limit_below_what_is_taken_is_refused(
    service: Service, owner: Browser
) -> None:
    made = (await service.as_admin().post(COUPONS, GIFT)).data
    await service.as_user().post("/coupons/redeem", {"code": "GIFT"})
    await service.as_user("user-2").post("/coupons/redeem", {"code": "GIFT"})
    edit, shown = f"/coupon/edit?id={made['id']}", await form_of(service, made["id"])

    refused = await owner.fill(edit, **{**shown, "max_redemptions": "1"})
    done = await owner.fill(edit, **{**shown, "max_redemptions": "3", "name": "Three"})

    assert (refused.status, done.status) == (400, 303)
    assert "Must not be below the 2 that are taken" in refused.text
    coupon = await only_coupon(service)
    assert (coupon["max_redemptions"], coupon["name"]) == (3, "Three")
    uses = (await owner.get(f"/coupon?id={made['id']}")).text
    assert uses.count("Confirmed") == 2


async def test_the_list_says_for_how_long_a_coupon_counts_and_whether_it_still_does(
    service: Service, owner: Browser
) -> None:
    admin = service.as_admin()
    half: dict[str, object] = {"percent_off": 50}
    coupons: dict[str, dict[str, object]] = {
        "ONCE": half,
        "THRICE": {**half, "duration": "periods", "periods": 3},
        "ALWAYS": {**half, "duration": "forever"},
        "SHORT": {**half, "ends_at": "2026-01-13T00:00:00Z"},
        "LATER": {**half, "starts_at": "2027-01-01T00:00:00Z"},
    }
    for code, terms in coupons.items():
        assert (await admin.post(COUPONS, {"code": code, **terms})).status == 201

    open_now = (await owner.get("/coupons")).text
    service.clock.advance(days=2)
    later = (await (await signed_in(service)).get("/coupons")).text

    for code, effect in (
        ("ONCE", "50 % off, once"),
        ("THRICE", "50 % off, for 3 periods"),
        ("ALWAYS", "50 % off, every period"),
        ("LATER", "Not begun 50 % off, once"),
    ):
        assert f"{code} {effect}" in open_now, code
    assert "Ended" not in open_now
    assert "SHORT Ended 50 % off, once" in later


async def test_a_coupon_is_archived_and_taken_up_again(service: Service, owner: Browser) -> None:
    made = (await service.as_admin().post(COUPONS, GIFT)).data
    one = f"/coupon?id={made['id']}"

    assert (await owner.fill(one, reason="Over")).status == 303
    assert (await only_coupon(service))["archived"] is True
    assert (await owner.fill(one)).status == 303
    assert (await only_coupon(service))["archived"] is False


async def test_codes_are_made_switched_off_and_exported(service: Service, owner: Browser) -> None:
    made = (await service.as_admin().post(COUPONS, GIFT)).data
    codes = f"/coupon/codes?id={made['id']}"

    refused = await owner.fill(codes, count="10001")
    done = await owner.fill(codes, count="600", prefix="vip", max_redemptions="2")
    assert refused.status == 400
    assert "Must be at most 10,000." in refused.text
    assert done.status == 303, done.text

    listed = (await service.as_admin().get(f"{COUPONS}/{made['id']}/codes", limit=2)).data
    switched = {"code": listed[1]["code"], "disabled": "yes"}
    token = (await owner.get(codes)).hidden["form_token"]
    off = await owner.post(f"/coupon/code?id={made['id']}", {**switched, "form_token": token})
    assert off.status == 303

    file = await owner.get(f"/coupon/file?id={made['id']}")
    lines = list(csv.reader(io.StringIO(file.html)))
    assert lines[0] == ["code", "state", "redeemed", "max_redemptions", "batch", "created_at"]
    assert len(lines) == 1 + 1 + 600
    assert lines[2][:4] == [listed[1]["code"], "disabled", "0", "2"]
    only = await owner.get(f"/coupon/file?id={made['id']}&state=disabled")
    assert list(csv.reader(io.StringIO(only.html)))[1:] == [lines[2]]
    assert "Disabled" in (await owner.get(f"{codes}&state=disabled")).text
