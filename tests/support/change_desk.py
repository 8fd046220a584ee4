"""The use cases by which plans are changed, over any store and a provider on strings."""

from attrs import Factory, define, field

from adapters.quote_seal import SignedQuotes
from application.payments.apply_event import ApplyEvent, ApplyingEvent
from application.ports.idempotency import RequestKey
from application.ports.provider import Providers
from application.ports.store import Store
from application.ports.system import Clock, NewId
from application.subscriptions.carry_out_changes import CarryingOutChanges, CarryOutChanges
from application.subscriptions.change_plan import ChangePlan, ChangingPlan, PlanChanged
from application.subscriptions.preview_change import (
    ChangePreviewed,
    PreviewChange,
    PreviewingChange,
)
from application.subscriptions.steps.plan_change_call import AskingForChange
from domain.access.audit import Actor
from domain.credits.claw_back import Shortfall
from domain.credits.ids import AccountId
from domain.payments.provider_event import ProviderEvent
from domain.period import Interval
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.quote import ChangeRules
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import an_inbox_event
from tests.support.fake_provider import MarionetteProvider
from tests.support.turns import unhurried

OWNER = Actor(id=f"account:{SOMEBODY}", request_id="request-1")


@define(kw_only=True)
class ChangeDesk:
    """Where changes of plan are asked for, told of, and carried out."""

    store: Store
    clock: Clock
    new_id: NewId
    provider: MarionetteProvider = Factory(MarionetteProvider)
    alarms: list[tuple[str, BaseException]] = Factory(list)
    rules: ChangeRules = Factory(ChangeRules)
    seal: SignedQuotes = Factory(lambda: SignedQuotes("the service's secret, nobody else's"))
    providers: Providers = field()

    @providers.default
    def _providers(self) -> Providers:
        return {self.provider.channel: self.provider}

    def alarm(self, what: str, fault: BaseException) -> None:
        self.alarms.append((what, fault))

    @property
    def ask(self) -> AskingForChange:
        return AskingForChange(
            begin=self.store.begin,
            read=self.store.read,
            providers=self.providers,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
        )

    async def previews(
        self,
        plan: Plan,
        interval: Interval = Interval.MONTHLY,
        *,
        account_id: AccountId | None = SOMEBODY,
        subscription_id: SubscriptionId | None = None,
    ) -> ChangePreviewed:
        """Ask what a change would mean; without an account, as an admin."""
        preview = PreviewingChange(
            read=self.store.read,
            ledger=self.store.ledger,
            providers=self.providers,
            rules=self.rules,
            seal=self.seal,
            clock=self.clock,
            new_id=self.new_id,
            turns=unhurried(),
        )
        return await preview(
            PreviewChange(
                plan_id=plan.id,
                interval=interval,
                account_id=account_id,
                subscription_id=subscription_id,
            )
        )

    async def takes(
        self,
        quote: str,
        *,
        account_id: AccountId | None = SOMEBODY,
        key: RequestKey | None = None,
    ) -> PlanChanged:
        """Take a quote up."""
        change = ChangingPlan(
            begin=self.store.begin,
            read=self.store.read,
            seal=self.seal,
            ask=self.ask,
            clock=self.clock,
            new_id=self.new_id,
        )
        return await change(
            ChangePlan(quote=quote, account_id=account_id, reason="More", actor=OWNER, key=key)
        )

    async def carries_out(self) -> int:
        """Let the worker do what is due about changes."""
        job = CarryingOutChanges(
            begin=self.store.begin,
            read=self.store.read,
            providers=self.providers,
            ask=self.ask,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
        )
        return (await job(CarryOutChanges())).changes

    async def hears(self, event: ProviderEvent) -> None:
        """Take in a webhook of the provider's, and apply it."""
        event_id = self.new_id()
        self.provider.meanings[event_id] = event
        async with self.store.begin() as work:
            kept = an_inbox_event(channel=self.provider.channel, event_id=event_id)
            await work.inbox.add(kept)
            await work.commit()
        apply = ApplyingEvent(
            begin=self.store.begin,
            providers=self.providers,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
            shortfall=Shortfall.OWE,
        )
        await apply(ApplyEvent(channel=self.provider.channel, event_id=event_id))
