"""A buyer at the front door: starts a checkout, comes back, and looks at what is there."""

from typing import Any

from attrs import frozen

from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan
from tests.providers.business import SHOP, Business
from tests.providers.till import News, Till
from tests.support.callers import Answer, Caller


@frozen(kw_only=True)
class Buyer:
    """The user of one account, and the till they buy at."""

    business: Business
    till: Till
    account_id: str = "somebody"

    @property
    def caller(self) -> Caller:
        """The buyer as the service sees them."""
        return self.business.as_user(self.account_id)

    async def starts(
        self,
        thing: Plan | Pack,
        interval: Interval = Interval.MONTHLY,
        coupon_code: str | None = None,
        key: str | None = None,
    ) -> Answer:
        """Start a checkout, and return what the service answered."""
        body: dict[str, Any] = {
            "channel": self.till.channel,
            "success_url": f"{SHOP}/done",
            "cancel_url": f"{SHOP}/plans",
        }
        if isinstance(thing, Plan):
            body |= {"type": "subscription", "plan_id": thing.id, "interval": interval.value}
        else:
            body |= {"type": "credits", "pack_id": thing.id}
        if coupon_code is not None:
            body["coupon_code"] = coupon_code
        return await self.caller.post("/payment/create-session", body, key=key)

    async def buys(
        self,
        thing: Plan | Pack,
        interval: Interval = Interval.MONTHLY,
        coupon_code: str | None = None,
        *,
        tax_percent: int = 0,
    ) -> str:
        """Start a checkout and pay it there; return the order's id. Nothing is delivered yet."""
        started = (await self.starts(thing, interval, coupon_code)).data
        self.till.pay(started["session_id"], tax_percent=tax_percent)
        return str(started["order_id"])

    async def hears(self, *news: News) -> None:
        """Let the provider deliver these webhooks, or all there are; each is acknowledged."""
        for each in news or self.till.news():
            assert (await self.business.post(self.till.channel, each)).status == 200

    async def asks_what_costs(self, plan: Plan, interval: Interval = Interval.MONTHLY) -> Answer:
        """Ask what it would mean to have another plan."""
        body = {"plan_id": plan.id, "interval": interval.value}
        return await self.caller.post("/subscription/preview", body)

    async def takes(self, quote: str, key: str | None = None) -> Answer:
        """Take up what was quoted."""
        return await self.caller.post("/subscription/change", {"quote": quote}, key=key)

    async def changes(self, plan: Plan, interval: Interval = Interval.MONTHLY) -> Answer:
        """Have another plan, as it is quoted."""
        quoted = await self.asks_what_costs(plan, interval)
        return await self.takes(quoted.data["quote"])

    async def order(self, order_id: str) -> Any:
        """Return an order as its buyer sees it."""
        return (await self.caller.get(f"/orders/{order_id}")).data

    async def orders(self) -> Any:
        """Return the buyer's orders, newest first."""
        return (await self.caller.get("/orders")).data

    async def subscription(self) -> Any:
        """Return the buyer's live subscription, or None."""
        return (await self.caller.get("/subscription")).data

    async def balance(self) -> int:
        """Return what the buyer has."""
        return int((await self.caller.get("/credits/balance")).data["balance"])

    async def confirms(self, order_id: str) -> Any:
        """Come back from the checkout, before or after its webhook."""
        return (await self.caller.post("/payment/confirm", {"order_id": order_id})).data

    async def is_settled(self) -> bool:
        """Say whether the ledger keeps every rule, and nothing waits, is set aside or alarms."""
        owner = self.business.as_owner()
        proof = (await owner.post("/admin/verify")).data
        inbox = (await owner.get("/admin/webhooks", limit=100)).data
        unsettled = [each for each in inbox if each["status"] not in {"applied", "ignored"}]
        assert not unsettled, unsettled
        assert not self.business.alarms, self.business.alarms
        return bool(proof["is_clean"])
