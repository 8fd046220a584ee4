"""Erasing an account: personal text goes, amounts and the hash chain stay whole."""

import random
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from application.access.erase_account import AccountErased, EraseAccount, ErasingAccount
from application.access.steps.account_names import BATCH, InboxSearch
from application.ports.idempotency import Caller
from domain.access.audit import Actor
from domain.access.errors import AccountInUse, AccountNotFound
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from domain.payments.order import OrderStatus
from tests.adapters.stores.steps import commit
from tests.application.scripted_ledger import give, take
from tests.application.shop import Shop
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, a_key, held
from tests.support.builders.payments import SANDBOX, an_inbox_event, an_order
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON, fresh_id

ADMIN = Actor(id="admin-1", request_id="request-1")


def erasing(shop: Shop) -> ErasingAccount:
    return ErasingAccount(
        begin=shop.store.begin,
        read=shop.store.read,
        search=InboxSearch(read=shop.store.read),
        clock=shop.clock,
        new_id=shop.new_id,
        bodies_kept_for=timedelta(days=91),
    )


async def erase(shop: Shop, *, force: bool = False, key: str | None = None) -> AccountErased:
    asked = None if key is None else a_key(owner=ADMIN.id, caller=Caller.ADMIN, key=key)
    return await erasing(shop)(
        EraseAccount(account_id=SOMEBODY, reason="Asked for", force=force, actor=ADMIN, key=asked)
    )


async def test_profile_addresses_links_and_webhooks_that_name_the_account_go(shop: Shop) -> None:
    order = evolve(
        an_order(status=OrderStatus.PAID),
        url="https://pay.test/1",
        success_url="https://a.test/?name=Ada",
        provider_payment_id="pay_1",
    )
    naming = [b'{"who": "user-1"}', b'{"c": ["cus_1"]}', b'{"p": {"id": "pay_1"}}']
    naming += [b'{"mail": "ada@example.com"}']
    others = [b'{"who": "user-12"}', b'{"user-1": 1}', b"not JSON: user-1"]
    events = [an_inbox_event(body=body).applied(("x",), NOON) for body in (*naming, *others)]
    async with shop.store.begin() as work:
        await work.accounts.save(an_account(email="ada@example.com", zone="Europe/Berlin"))
        await work.customers.link(SOMEBODY, SANDBOX, "cus_1")
        await work.orders.add(order)
        for event in events:
            await work.inbox.add(event)
        await work.commit()

    erased = await erase(shop)

    async with shop.store.read() as work:
        profile = await work.accounts.find(SOMEBODY)
        assert profile is not None
        assert (profile.email, profile.zone) == (None, None)
        assert await work.customers.of_account(SOMEBODY) == []
        bare = await work.orders.find(order.id)
        assert bare == evolve(order, url=None, success_url=None, cancel_url=None)
        kept = [(await work.inbox.find_id(event.id)).body for event in events]
    assert kept == [b"", b"", b"", b"", *others]
    assert (erased.webhooks, erased.orders, erased.customers) == (4, 1, 1)


async def test_a_webhook_still_to_be_applied_keeps_its_body_and_is_told_of(shop: Shop) -> None:
    event = an_inbox_event(body=b'"user-1"')
    await commit(shop.store, lambda work: work.inbox.add(event))
    await shop.commit(give(10))

    erased = await erase(shop)

    assert (erased.webhooks, erased.webhooks_left) == (0, 1)
    async with shop.store.read() as work:
        assert (await work.inbox.find_id(event.id)).body == b'"user-1"'


async def test_it_stands_in_the_audit_log_before_and_after_and_without_what_went(
    shop: Shop,
) -> None:
    await shop.commit(give(10))
    await commit(shop.store, lambda work: work.accounts.save(an_account(email="ada@example.com")))

    await erase(shop)

    begun, ended = shop.audited()[-2:]
    assert (begun.action, ended.action) == ("account.erase", "account.erased")
    assert {begun.actor, ended.actor} == {ADMIN}
    assert {begun.reason, ended.reason} == {"Asked for"}
    assert "texts 1" in ended.after
    assert "ada" not in f"{begun}{ended}"


async def test_a_repeat_under_the_key_gets_the_first_answer_and_erases_nothing_more(
    shop: Shop,
) -> None:
    await shop.commit(give(10))
    first = await erase(shop, key="k")
    await shop.commit(give(5, key="later"))

    again = await erase(shop, key="k")

    assert again == evolve(first, is_replay=True)
    assert (await shop.lines())[-1].text is not None


async def test_an_account_in_use_is_refused_with_what_comes_first(shop: Shop) -> None:
    await shop.commit(give(100))
    sold, order, hold_id = a_subscription(), an_order(), fresh_id()
    async with shop.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        await work.wallets.save(held(wallet, 10, id=hold_id))
        await work.orders.add(order)
        await work.subscriptions.add(sold)
        await work.commit()
    before = shop.kept()

    with pytest.raises(AccountInUse) as refused:
        await erase(shop)

    assert refused.value.live_subscriptions == (sold.id,)
    assert refused.value.open_holds == (hold_id,)
    assert refused.value.unpaid_orders == (order.id,)
    assert shop.kept() == before

    assert (await erase(shop, force=True)).texts == 1
    assert (await shop.wallet()).holds[0].id == hold_id


async def test_nothing_is_erased_of_an_account_that_was_never_there(shop: Shop) -> None:
    with pytest.raises(AccountNotFound):
        await erase(shop)

    assert shop.audited() == []


def test_a_reason_is_required() -> None:
    with pytest.raises(InvalidField, match="reason"):
        EraseAccount(account_id=SOMEBODY, reason=" ", actor=ADMIN)


@given(seed=st.integers(0, 2**32), length=st.integers(1, 40))
async def test_whatever_an_account_did_its_amounts_and_its_chain_are_the_same_after(
    seed: int, length: int
) -> None:
    shop, dice = Shop(), random.Random(seed)
    accounts = (SOMEBODY, AccountId("user-other"))
    for number in range(length):
        account_id = dice.choice(accounts)
        some = dice.randint(1, 9)
        has = await shop.balance(account_id)
        command = give if has < some or dice.random() < 0.5 else take
        await shop.commit(command(some, account_id=account_id, key=f"key-{number}"))
    before = {each: await shop.lines(each) for each in accounts}
    wallets = [await shop.wallet(each) for each in accounts]

    erased = (await erase(shop)).texts if before[SOMEBODY] else 0

    after = {each: await shop.lines(each) for each in accounts}
    assert erased == len(before[SOMEBODY])
    assert after[SOMEBODY] == [evolve(line, text=None) for line in before[SOMEBODY]]
    assert after[accounts[1]] == before[accounts[1]]
    assert [await shop.wallet(each) for each in accounts] == wallets
    assert await shop.is_proved()


async def test_more_texts_than_one_batch_holds_go_all(shop: Shop) -> None:
    for number in range(BATCH + 1):
        await shop.commit(give(1, key=f"key-{number}"))

    assert (await erase(shop)).texts == BATCH + 1

    assert {line.text for line in await shop.lines()} == {None}
