"""Say what usage would cost, and whether an account could pay for it now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen

from application.credits.steps.rate_desk import RateDesk
from application.ports.system import Clock
from domain.credits.ids import AccountId
from domain.credits.rated import Rated
from domain.credits.scope import Purposes, purposes_of
from domain.credits.usage import Usage
from domain.credits.wallet import Wallet

ReadWallet = Callable[[AccountId], Awaitable[Wallet]]
"""Return an account's wallet as it is stored now. Raises OutcomeUnknown."""


@frozen(kw_only=True)
class EstimateUsage:
    """Usage to be rated, or an amount of credits as it is; and who would pay, if that matters."""

    account_id: AccountId | None
    cost: Usage | int


@frozen(kw_only=True)
class Affordable:
    """What an account has available now, what it is short of, and whether it could pay.

    A frozen account may spend nothing, whatever it has. Limits of a caller's own do not count.
    """

    available: int
    missing: int
    is_affordable: bool


@frozen(kw_only=True)
class UsageEstimated:
    """The cost in credits; `rated` is None where an amount was given."""

    credits: int
    rated: Rated | None
    account: Affordable | None


@frozen(kw_only=True)
class EstimatingUsage:
    """Rate by the card in force, and look into the wallet; nothing is set aside.

    Refusals: InvalidField, ModelUnrated, KindUnrated.
    """

    desk: RateDesk
    wallet: ReadWallet
    clock: Clock

    async def __call__(self, command: EstimateUsage) -> UsageEstimated:
        cost = command.cost
        rated = await self.desk.rated(cost, self.clock()) if isinstance(cost, Usage) else None
        needed = cost if isinstance(cost, int) else 0
        if rated is not None:
            needed = rated.credits
        account = None
        if command.account_id is not None:
            model = cost.model if isinstance(cost, Usage) else None
            wallet = await self.wallet(command.account_id)
            account = self._affordable(wallet, needed, purposes_of(model=model))
        return UsageEstimated(credits=needed, rated=rated, account=account)

    def _affordable(self, wallet: Wallet, needed: int, purposes: Purposes) -> Affordable:
        now = self.clock()
        available = wallet.available(now, purposes)
        missing = max(0, needed - wallet.affordable(now, purposes))
        return Affordable(
            available=available,
            missing=missing,
            is_affordable=missing == 0 and not wallet.is_frozen,
        )
