"""A customer of the demo world acts: buys on the sandbox's pages, checks in, is helped by hand."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from application.access.keep_account import KeepAccount, KeepingAccount
from application.credits.adjust_credits import AdjustCredits, AdjustingCredits
from application.payments.start_checkout import StartCheckout, StartingCheckout
from application.ports.sandbox import Sandbox
from application.promotions.check_in import CheckingIn, CheckInToday
from application.subscriptions.open_portal import OpeningPortal, OpenPortal
from domain.credits.errors import InsufficientCredits
from domain.credits.ids import AccountId
from domain.payments.errors import NoProviderCustomer, PayerUnknown
from domain.payments.ids import Channel
from domain.payments.order import Order, OrderType
from domain.period import Interval
from domain.promotions.errors import CheckInDisabled, CheckInWaits, CouponRefused
from domain.subscriptions.errors import SubscriptionExists
from domain.subscriptions.ids import PackId, PlanId
from entrypoints.demo.catalogue import ACTOR
from entrypoints.demo.keys import key_of
from entrypoints.demo.lives import Adjust, BuyPack, Cancel, CheckIn, Deed, Join, Subscribe

SANDBOX = Channel("sandbox")


@frozen(kw_only=True)
class Shelf:
    """What is on sale: the ids of plans and packs by their names, and where buyers come back to."""

    plans: Mapping[str, PlanId]
    packs: Mapping[str, PackId]
    return_url: str


@frozen(kw_only=True)
class Customers:
    """Carry out what customers do, each deed under a key of its own.

    A refusal that life brings with it, such as a coupon whose time is over, is taken as a customer
    would take it: the purchase is made without the coupon, the spend is not made.
    """

    keeping_account: KeepingAccount
    starting_checkout: StartingCheckout
    opening_portal: OpeningPortal
    checking_in: CheckingIn
    adjusting_credits: AdjustingCredits
    sandbox: Sandbox

    async def act(self, deed: Deed, shelf: Shelf) -> None:
        """Do one thing."""
        account_id, act = deed.account_id, deed.act
        match act:
            case Join():
                await self.keeping_account(
                    KeepAccount(account_id=account_id, email=act.email, zone=act.zone)
                )
            case Subscribe():
                await self._subscribe(deed, act, shelf)
            case BuyPack():
                await self._buy_pack(deed, act, shelf)
            case Cancel():
                await self._cancel(account_id, shelf)
            case CheckIn():
                await self._check_in(deed)
            case Adjust():
                await self._adjust(deed, act)

    async def _subscribe(self, deed: Deed, act: Subscribe, shelf: Shelf) -> None:
        item = shelf.plans[act.plan]
        try:
            order = await self._ordered(deed, item, act.interval, act.coupon, shelf)
        except SubscriptionExists:
            return
        if act.is_declined_once and order.is_pending:
            await self.sandbox.decline(_ticket(order))
        await self._pay(order)

    async def _buy_pack(self, deed: Deed, act: BuyPack, shelf: Shelf) -> None:
        order = await self._ordered(deed, shelf.packs[act.pack], None, act.coupon, shelf)
        if not act.is_abandoned:
            await self._pay(order)

    async def _ordered(
        self,
        deed: Deed,
        item: PlanId | PackId,
        interval: Interval | None,
        coupon: str | None,
        shelf: Shelf,
    ) -> Order:
        name = f"{'pack' if interval is None else 'plan'}:{deed.at.isoformat()}"
        command = StartCheckout(
            account_id=deed.account_id,
            channel=SANDBOX,
            item=item,
            type=OrderType.CREDITS if interval is None else OrderType.SUBSCRIPTION,
            interval=interval or Interval.MONTHLY,
            coupon_code=coupon,
            success_url=shelf.return_url,
            cancel_url=shelf.return_url,
            key=key_of(deed.account_id, name),
        )
        try:
            return (await self.starting_checkout(command)).order
        except CouponRefused:
            return await self._ordered(deed, item, interval, None, shelf)

    async def _pay(self, order: Order) -> None:
        if order.due_minor > 0:
            try:
                await self.sandbox.pay(_ticket(order))
            except PayerUnknown:
                # Built in two goes with a long pause between: the page has closed meanwhile.
                return

    async def _cancel(self, account_id: AccountId, shelf: Shelf) -> None:
        try:
            opened = await self.opening_portal(
                OpenPortal(account_id=account_id, return_url=shelf.return_url)
            )
        except NoProviderCustomer:
            return
        ticket = opened.url.rpartition("/")[2]
        for subscription in (await self.sandbox.portal(ticket)).subscriptions:
            await self.sandbox.cancel(ticket, subscription.id)

    async def _check_in(self, deed: Deed) -> None:
        key = key_of(deed.account_id, f"check-in:{deed.at.date().isoformat()}")
        try:
            await self.checking_in(CheckInToday(account_id=deed.account_id, key=key))
        except (CheckInWaits, CheckInDisabled):
            return

    async def _adjust(self, deed: Deed, act: Adjust) -> None:
        try:
            await self.adjusting_credits(
                AdjustCredits(
                    account_id=deed.account_id,
                    amount=act.amount,
                    reason=act.reason,
                    actor=ACTOR,
                    key=key_of(deed.account_id, f"adjust:{deed.at.isoformat()}"),
                )
            )
        except InsufficientCredits:
            return


def _ticket(order: Order) -> str:
    """Return the unguessable part of the address of an order's page."""
    assert order.url is not None
    return order.url.rpartition("/")[2]
