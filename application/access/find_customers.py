"""Find an account by what somebody has at hand: its id, an address, an order, a provider's id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from attrs import evolve, frozen

from application.ports.credits import Ledger
from application.ports.paging import Page, PageRequest
from application.ports.provider import Providers
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead, UnitOfWork
from domain.access.account import Account
from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet
from domain.payments.errors import OrderNotFound
from domain.payments.ids import OrderId
from domain.subscriptions.errors import SubscriptionNotFound
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Trait(Enum):
    """What of an account was what somebody looked for."""

    ACCOUNT = "account"
    EMAIL = "email"
    ORDER = "order"
    PAYMENT = "payment"
    SUBSCRIPTION = "subscription"
    CUSTOMER = "customer"


@frozen(kw_only=True)
class CustomerListed:
    """One account as a list shows it; `found_by` is why it is in the answer."""

    account_id: AccountId
    profile: Account | None
    balance: int
    available: int
    is_frozen: bool
    subscription: Subscription | None
    found_by: Trait


@frozen(kw_only=True)
class FindCustomers:
    """Ask for accounts by a text; an empty one asks for all of them, in the order of their ids."""

    text: str
    page: PageRequest


@frozen(kw_only=True)
class FindingCustomers:
    """Look a text up as everything it could be, each by its index; never by reading everything."""

    read: BeginRead
    ledger: Ledger
    providers: Providers
    clock: Clock

    async def __call__(self, command: FindCustomers) -> Page[CustomerListed]:
        text = command.text.strip()
        async with self.read() as work:
            page = await work.accounts.named(text, command.page)
            found: dict[AccountId, Trait] = {}
            if text and command.page.after is None:
                found = await self._by_traits(work, text, command.page.limit)
            found |= dict.fromkeys(page.items, Trait.ACCOUNT)
            people = await _listed(work, found)
        wallets = await self.ledger.load([person.account_id for person in people])
        listed = tuple(_with_wallet(person, wallets, self.clock) for person in people)
        return Page(items=listed, next=page.next)

    async def _by_traits(self, work: UnitOfWork, text: str, limit: int) -> dict[AccountId, Trait]:
        found: dict[AccountId, Trait] = {}
        for email in dict.fromkeys((text, text.lower())):
            for account_id in await work.accounts.with_email(email, limit):
                found.setdefault(account_id, Trait.EMAIL)
        for trait, look in (
            (Trait.ORDER, _of_order),
            (Trait.SUBSCRIPTION, _of_subscription),
            (Trait.PAYMENT, self._of_payment),
            (Trait.SUBSCRIPTION, self._of_subscription_there),
            (Trait.CUSTOMER, self._of_customer),
        ):
            owner = await look(work, text)
            if owner is not None:
                found.setdefault(owner, trait)
        return found

    async def _of_payment(self, work: UnitOfWork, text: str) -> AccountId | None:
        for channel in self.providers:
            order_id = await work.payments.order_paid_by(channel, text)
            if order_id is not None:
                return (await work.orders.find(order_id)).account_id
        return None

    async def _of_subscription_there(self, work: UnitOfWork, text: str) -> AccountId | None:
        for channel in self.providers:
            sold = await work.subscriptions.find_at_provider(channel, text)
            if sold is not None:
                return sold.account_id
        return None

    async def _of_customer(self, work: UnitOfWork, text: str) -> AccountId | None:
        for channel in self.providers:
            account_id = await work.customers.account_of(channel, text)
            if account_id is not None:
                return account_id
        return None


async def _listed(work: UnitOfWork, found: Mapping[AccountId, Trait]) -> list[CustomerListed]:
    """Return accounts as a list shows them, but for their wallets: in two reads for all of them."""
    profiles = await work.accounts.find_all(list(found))
    sold = await work.subscriptions.current_of(list(found))
    return [
        CustomerListed(
            account_id=account_id,
            profile=profiles.get(account_id),
            balance=0,
            available=0,
            is_frozen=False,
            subscription=sold.get(account_id),
            found_by=trait,
        )
        for account_id, trait in found.items()
    ]


async def _of_order(work: UnitOfWork, text: str) -> AccountId | None:
    if not _ID.fullmatch(text):
        return None
    try:
        return (await work.orders.find(OrderId(text))).account_id
    except OrderNotFound:
        return None


async def _of_subscription(work: UnitOfWork, text: str) -> AccountId | None:
    if not _ID.fullmatch(text):
        return None
    try:
        return (await work.subscriptions.find(SubscriptionId(text))).account_id
    except SubscriptionNotFound:
        return None


def _with_wallet(
    person: CustomerListed, wallets: Mapping[AccountId, Wallet], clock: Clock
) -> CustomerListed:
    wallet, now = wallets[person.account_id], clock()
    return evolve(
        person,
        balance=wallet.balance(now),
        available=wallet.available(now),
        is_frozen=wallet.is_frozen,
    )
