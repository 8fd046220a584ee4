"""The numbers of the page on concepts, recomputed with the rules themselves."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from application.credits.explain import STRETCHES_MAX
from domain.credits.claw_back import Claim, PaidLot, Shortfall, settle_claims
from domain.credits.grant import CATEGORY_OF, GrantSource, Rollover
from domain.credits.posting import Posting
from domain.credits.scope import Purposes, Scope, purposes_of
from domain.credits.standing import standing
from domain.credits.stretch import STRETCH_LINES
from domain.credits.transaction import AI_USAGE, RESERVED_TYPES, TYPE_OF
from domain.credits.wallet import Wallet
from domain.money import Money
from domain.payments.order import OrderStatus
from domain.period import Interval
from domain.promotions.check_in import CheckIn, check_in
from domain.promotions.effect import (
    AmountOff,
    BonusCredits,
    BonusPercent,
    CouponEffect,
    PercentOff,
    TrialDays,
    benefit_of,
)
from domain.promotions.errors import CouponReason, CouponRefused
from domain.subscriptions.subscription import SubscriptionStatus
from entrypoints.container import Container
from tests.docs.pages import DOCS, Row, page, plain
from tests.docs.test_api import SETTINGS
from tests.support.builders.credits import SOMEBODY, a_text, grant_terms, granted, held, spent
from tests.support.builders.payments import an_order
from tests.support.builders.promotions import a_purchase, some_rules
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON, fresh_id

CONCEPTS = page("concepts")

LOTS = {
    "check-in award": (GrantSource.CHECK_IN, datetime(2026, 4, 18, tzinfo=UTC)),
    "plan's month": (GrantSource.SUBSCRIPTION, datetime(2026, 5, 1, tzinfo=UTC)),
    "coupon's bonus": (GrantSource.COUPON, None),
    "credit pack": (GrantSource.PURCHASE, None),
}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def left(wallet: Wallet, source: GrantSource, now: datetime) -> int:
    return sum(g.remaining for g in wallet.grants if g.source is source and g.is_live(now))


def test_the_picture_in_numbers_is_what_a_wallet_does() -> None:
    begun, *later = CONCEPTS.table("instant", "what happens", *LOTS)
    at = instant(begun[0])
    wallet = Wallet(account_id=SOMEBODY)
    # They come in the wrong order, since the order of burning must not hang on it.
    for amount, (source, expires_at) in reversed(list(zip(begun[2:6], LOTS.values(), strict=True))):
        terms = grant_terms(amount=int(amount), source=source, expires_at=expires_at)
        wallet = granted(wallet, terms, now=at).wallet

    found: list[Row] = [begun]
    for when, what, *_ in later:
        now = instant(when)
        if what.startswith("spend "):
            wallet = spent(wallet, int(what.removeprefix("spend ")), now=now).wallet
        lots = [str(left(wallet, source, now)) for source, _ in LOTS.values()]
        found.append((when, what, *lots, str(wallet.balance(now))))

    assert found == [begun, *later]
    assert sum(map(int, begun[2:6])) == int(begun[6])


def test_the_picture_shows_the_same_balances_and_needs_nothing_from_elsewhere() -> None:
    rows = CONCEPTS.table("instant", "what happens")
    picture = (DOCS / "images" / "lots.svg").read_text(encoding="utf-8")

    shown = re.findall(r'class="text sum"[^>]*>([0-9,]+)<', picture)

    assert shown == [f"{int(row[6]):,}" for row in rows]
    assert re.findall(r"https?://[^\"' ]+", picture) == ["http://www.w3.org/2000/svg"]
    assert "@import" not in picture


def test_every_source_of_lots_stands_in_the_table() -> None:
    rows = CONCEPTS.table("source", "kind", "free")

    said = {(plain(source), kind, free, plain(line)) for source, kind, free, _, line in rows}

    assert said == {
        (
            source.value,
            CATEGORY_OF[source].value,
            "yes" if CATEGORY_OF[source].is_free else "no",
            TYPE_OF[source],
        )
        for source in GrantSource
    }


def test_every_type_that_the_service_writes_stands_in_the_table() -> None:
    rows = CONCEPTS.table("type", "written when")

    named = {found for row in rows for found in re.findall(r"`([a-z_]+)`", row[0])}

    assert named == RESERVED_TYPES | {AI_USAGE}


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_goes_where_the_table_says(status: OrderStatus) -> None:
    rows = {plain(row[0]): row[2] for row in CONCEPTS.table("status", "meaning", "can become")}
    order = an_order(status=status)

    said = set(re.findall(r"`([a-z_]+)`", rows.pop(status.value)))

    assert said == {other.value for other in OrderStatus if order.can_become(other)}
    assert set(rows) == {other.value for other in OrderStatus} - {status.value}


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_a_subscription_goes_where_the_table_says(status: SubscriptionStatus) -> None:
    table = CONCEPTS.table("status", "meaning", "credits of the month")
    rows = {plain(row[0]): row for row in table}
    subscription = a_subscription(status=status, credits_from_at=NOON)
    row = rows.pop(status.value)

    others = [other for other in SubscriptionStatus if other is not status]
    said = set(re.findall(r"`([a-z_]+)`", row[3]))

    assert said == {other.value for other in others if subscription.can_become(other)}
    assert (row[2] == "yes") is (subscription.month_due(NOON) is not None)
    assert set(rows) == {other.value for other in others}


def test_the_months_of_a_year_are_counted_from_the_first_day() -> None:
    rows = CONCEPTS.table("month", "granted at", "expires at")
    begun = instant(rows[0][1])
    subscription = a_subscription(
        interval=Interval.YEARLY,
        start_at=begun,
        credits_from_at=begun,
        provider_subscription_id="s",
    )

    months: list[Row] = []
    while month := subscription.month_due(subscription.period.end_at - timedelta(seconds=1)):
        shown = [f"{edge:%Y-%m-%d %H:%M}" for edge in (month.start_at, month.end_at)]
        months.append((str(len(months) + 1), *shown))
        subscription = subscription.month_granted(month)

    assert len(months) == Interval.YEARLY.months
    assert [row for row in months if row in rows] == rows


def effect_of(cell: str) -> CouponEffect:
    name, amount = re.findall(r"`(\w+)` (\d+)", cell)[0]
    match name:
        case "percent_off":
            return PercentOff(percent=int(amount))
        case "amounts_off":
            return AmountOff(amounts=(Money(int(amount), "USD"),))
        case "bonus_percent":
            return BonusPercent(bonus_percent=int(amount))
        case "trial_days":
            return TrialDays(days=int(amount))
        case _:
            return BonusCredits(credits=int(amount))


def test_coupons_do_what_the_table_says() -> None:
    rows = CONCEPTS.table("a coupon", "does", "on a purchase of 9.99")

    for cell, _, said in rows:
        effect = effect_of(cell)
        is_pack = not isinstance(effect, TrialDays)
        purchase = a_purchase(Money(999, "USD"), credits=1000, is_pack=is_pack)
        gives = benefit_of(effect, 1, purchase)
        off = gives.discount_minor
        more = f", {gives.bonus_credits} credits on top" if gives.bonus_credits else ""
        more += f" after {gives.trial_days} days" if gives.trial_days else ""
        assert said == f"{off / 100:.2f} off, {(999 - off) / 100:.2f} to pay{more}"


def test_every_reason_for_which_a_code_does_nothing_stands_in_the_table() -> None:
    rows = CONCEPTS.table("reason", "what it means")
    known = re.findall(r"`([a-z_]+)`", (CouponRefused.__doc__ or "").partition("Reasons:")[2])

    named = [found for row in rows for found in re.findall(r"`([a-z_]+)`", row[0])]

    assert sorted(named) == sorted(known)
    assert all(str(CouponRefused(reason=CouponReason(reason))) for reason in named)


def test_a_streak_earns_what_the_table_says() -> None:
    rows = CONCEPTS.table("checked in on", "streak", "award")
    week = re.search(r"With a `week` of ([0-9, ]+):", CONCEPTS.text)
    assert week is not None
    rules = some_rules(week=tuple(int(award) for award in week[1].split(",")))

    last: CheckIn | None = None
    found: list[Row] = []
    for day, *_ in rows:
        last = check_in(
            rules,
            last,
            account_id=SOMEBODY,
            account_zone=None,
            grant_id=granted(Wallet(account_id=SOMEBODY)).grants[0].id,
            now=instant(day),
        )
        found.append((day, str(last.streak), str(last.award)))

    assert found == rows


def refunded(policy: Shortfall) -> tuple[Posting, Claim]:
    """Refund a whole pack of 1,000 of which 700 are spent."""
    bought = granted(Wallet(account_id=SOMEBODY), grant_terms(amount=1000))
    used = spent(bought.wallet, 700)
    settled = settle_claims(
        Posting(wallet=used.wallet),
        [
            PaidLot(
                grant=used.wallet.grants[0],
                expired=0,
                claim=Claim(grant_id=used.wallet.grants[0].id),
            )
        ],
        gone=(1000, 1000),
        is_disputed=False,
        shortfall=policy,
        cause="order:1",
        description="Refund",
        now=NOON,
        new_id=fresh_id,
    )
    return settled.posting, settled.claims[0]


def test_a_refund_takes_what_the_table_says_under_each_policy() -> None:
    rows = CONCEPTS.table("policy", "taken", "owed")

    found: list[Row] = []
    for policy in Shortfall:
        posting, claim = refunded(policy)
        then = granted(posting.wallet, grant_terms(amount=500)).wallet
        assert then.is_frozen is (policy is Shortfall.FREEZE)
        found.append(
            (
                f"`{policy.value}`",
                str(claim.taken),
                str(claim.owed),
                str(posting.wallet.balance(NOON)),
                str(then.balance(NOON)),
            )
        )

    assert found == rows
    assert [plain(row[0]) for row in CONCEPTS.table("policy", "meaning")] == [
        policy.value for policy in Shortfall
    ]


def _purposes(what: str) -> Purposes:
    _, _, feature = what.partition(" for ")
    return purposes_of(feature=feature or None)


def test_lots_with_scope_and_rollover_burn_as_the_table_says() -> None:
    begun, *later = CONCEPTS.table("at", "what happens", "pictures", "the month")
    at, ends = instant(begun[0]), datetime(2026, 5, 1, tzinfo=UTC)
    rollover = Rollover(most=30, until=datetime(2026, 6, 1, tzinfo=UTC))
    pictures = evolve(
        grant_terms(amount=int(begun[2]), priority=5), scope=Scope(("feature:images",))
    )
    month = evolve(grant_terms(amount=int(begun[3]), expires_at=ends), rollover=rollover)
    first = granted(Wallet(account_id=SOMEBODY), pictures, now=at)
    wallet = granted(first.wallet, month, now=at).wallet

    found: list[Row] = [begun]
    for when, what, *_ in later:
        now = instant(when)
        if what.startswith("spend "):
            wallet = wallet.spend(
                int(what.split()[1]),
                type=AI_USAGE,
                text=a_text(),
                purposes=_purposes(what),
                now=now,
                new_id=fresh_id,
            ).wallet
        lots = wallet.as_of(now).grants
        counted = (
            sum(lot.remaining for lot in lots if lot.scope),
            sum(lot.remaining for lot in lots if lot.rollover),
            sum(lot.remaining for lot in lots if lot.parent),
            wallet.balance(now),
        )
        found.append((when, what, *map(str, counted)))

    assert found == [begun, *later]


def test_holds_and_an_overdraft_make_the_numbers_of_the_table() -> None:
    rows = CONCEPTS.table("what happens", "balance", "held", "available", "still to be spent")
    wallet = Wallet(account_id=SOMEBODY, overdraft_max=50)

    found: list[Row] = []
    for what, *_ in rows:
        deed, number = what.split()
        amount = int(number)
        match deed:
            case "receive":
                wallet = granted(wallet, grant_terms(amount=amount)).wallet
            case "hold":
                wallet = held(wallet, amount).wallet
            case "spend":
                wallet = spent(wallet, amount).wallet
            case _:
                captured = wallet.capture(wallet.holds[0].id, amount, now=NOON, new_id=fresh_id)
                wallet = captured.wallet
                if amount == 80:
                    assert captured.holds[0].shortfall == 17
        stand = standing(wallet, NOON)
        numbers = (stand.balance, stand.held, stand.available, wallet.affordable(NOON))
        found.append((what, *map(str, numbers)))

    assert found == rows


def test_as_many_lines_are_explained_at_a_time_as_page_and_api_say() -> None:
    lines = f"{STRETCH_LINES * STRETCHES_MAX:,} lines"
    apis = Container(settings=SETTINGS).apis()
    (endpoint,) = (
        endpoint
        for api in apis
        for endpoint in api.endpoints()
        if (endpoint.method, endpoint.path) == ("GET", "/credits/explain")
    )

    assert f"longer than {lines} it reads so many at a time" in " ".join(CONCEPTS.text.split())
    assert f"Of a long one {lines} are read at a time" in endpoint.description
