"""Everything about one account on one page: what it holds, what it bought, what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from attrs import frozen

from application.ports.credits import Ledger, StatementLine, Statements
from application.ports.paging import PageRequest
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead, UnitOfWork
from application.subscriptions.steps.plan_versions_held import HeldVersion, version_held
from application.subscriptions.steps.subscription_history import target_of
from domain.access.account import Account
from domain.access.audit import AuditEntry
from domain.access.errors import AccountNotFound
from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet
from domain.payments.dispute import Dispute
from domain.payments.ids import Channel
from domain.payments.order import Order, OrderLine
from domain.payments.refund import Refund
from domain.promotions.check_in import CheckIn
from domain.subscriptions.change import Change
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription

ORDERS_MAX = 10
SUBSCRIPTIONS_MAX = 10
HAPPENINGS_MAX = 25


@frozen(kw_only=True)
class Begun:
    """A subscription as it began, whatever plan it is on by now.

    `line` is that of its first order, with the plan's name, its interval and what it was sold for;
    None where no such order is kept.
    """

    subscription_id: SubscriptionId
    line: OrderLine | None


Happened = StatementLine | Order | Begun | Refund | Dispute | AuditEntry


@frozen(kw_only=True)
class Happening:
    """One thing that happened to an account, and when."""

    at: datetime
    what: Happened


@frozen(kw_only=True)
class CustomerRead:
    """An account at an instant. `timeline` is the newest of everything, newest first.

    `changes` are the changes of plan that are open, and `versions` the versions of their plans that
    live ones hold, by subscription.
    """

    account_id: AccountId
    now: datetime
    profile: Account | None
    wallet: Wallet
    subscriptions: Sequence[Subscription]
    changes: Mapping[SubscriptionId, Change]
    versions: Mapping[SubscriptionId, HeldVersion]
    orders: Sequence[Order]
    last_check_in: CheckIn | None
    customer_ids: Sequence[tuple[Channel, str]]
    timeline: Sequence[Happening]


@frozen(kw_only=True)
class ReadCustomer:
    """Ask for everything about one account."""

    account_id: AccountId


@frozen(kw_only=True)
class ReadingCustomer:
    """Gather it, each list by its index and bounded. Refusals: AccountNotFound."""

    read: BeginRead
    ledger: Ledger
    statements: Statements
    clock: Clock

    async def __call__(self, command: ReadCustomer) -> CustomerRead:
        account_id = command.account_id
        wallet = (await self.ledger.load([account_id]))[account_id]
        lines = await self.statements.page(account_id, PageRequest(limit=HAPPENINGS_MAX))
        async with self.read() as work:
            profile = await work.accounts.find(account_id)
            orders = (await work.orders.page(account_id, PageRequest(limit=ORDERS_MAX))).items
            sold = await work.subscriptions.of_account(account_id, SUBSCRIPTIONS_MAX)
            if profile is None and wallet.version == 0 and not orders and not sold:
                raise AccountNotFound(account_id=account_id)
            live = [each for each in sold if each.is_live]
            changes = await work.plan_changes.open_among([each.id for each in live])
            held = [(each.id, await version_held(work, each)) for each in live]
            others = [*await _others(work, account_id, orders), *await _courses(work, sold)]
            last = await work.check_ins.last(account_id)
            customers = await work.customers.of_account(account_id)
        happened = [*_happenings(lines.items, orders), *others]
        newest = sorted(happened, key=attrgetter("at"), reverse=True)[:HAPPENINGS_MAX]
        return CustomerRead(
            account_id=account_id,
            now=self.clock(),
            profile=profile,
            wallet=wallet,
            subscriptions=sold,
            changes={each.subscription_id: each for each in changes},
            versions={name: version for name, version in held if version is not None},
            orders=orders,
            last_check_in=last,
            customer_ids=customers,
            timeline=newest,
        )


async def _others(
    work: UnitOfWork, account_id: AccountId, orders: Sequence[Order]
) -> Sequence[Happening]:
    """Return what admins did to the account, and money that went back for the orders."""
    entries = await work.audit_log.of_target(f"account:{account_id}", HAPPENINGS_MAX)
    paid = [order.id for order in orders if order.was_paid]
    refunds, disputes = await work.refunds.of_orders(paid), await work.disputes.of_orders(paid)
    return [
        *(Happening(at=entry.at, what=entry) for entry in entries),
        *(Happening(at=refund.created_at, what=refund) for refund in refunds),
        *(Happening(at=dispute.opened_at, what=dispute) for dispute in disputes),
    ]


async def _courses(work: UnitOfWork, sold: Sequence[Subscription]) -> Sequence[Happening]:
    """Return how each subscription began, by its first order, and what its history tells since."""
    first = await work.orders.first_of([each.id for each in sold])
    happened: list[Happening] = []
    for subscription in sold:
        history = await work.audit_log.of_target(target_of(subscription.id), HAPPENINGS_MAX)
        happened += [Happening(at=entry.at, what=entry) for entry in history]
        order = first.get(subscription.id)
        line = None if order is None else order.line
        begun = Begun(subscription_id=subscription.id, line=line)
        happened.append(Happening(at=subscription.started_at, what=begun))
    return happened


def _happenings(lines: Sequence[StatementLine], orders: Sequence[Order]) -> Iterator[Happening]:
    for line in lines:
        yield Happening(at=line.at, what=line)
    for order in orders:
        yield Happening(at=order.paid_at or order.created_at, what=order)
