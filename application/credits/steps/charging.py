"""What something costs: an amount as it was said, or usage by the rates in force."""

from __future__ import annotations

from attrs import frozen

from application.credits.steps.rate_desk import RateDesk
from application.ports.system import Clock
from domain.credits.scope import Purposes, purposes_of
from domain.credits.usage import Usage
from domain.errors import BillingError, InvalidField

Cost = int | Usage
"""Credits, or what was used."""


@frozen(kw_only=True)
class Charge:
    """A cost in credits; `usage` is what the ledger keeps of what was used, and at which rates.

    A cost that nobody can say carries its refusal: the command is sent all the same, since it may
    be the repeat of one that has its answer already.
    """

    amount: int = 0
    usage: str | None = None
    refusal: BillingError | None = None

    def checked(self) -> int:
        """Return the amount. Raises what the rates refused with."""
        if self.refusal is not None:
            raise self.refusal
        return self.amount


@frozen(kw_only=True)
class Charging:
    """Rate what was used by the card in force. Raises OutcomeUnknown."""

    desk: RateDesk
    clock: Clock

    async def __call__(self, cost: Cost) -> Charge:
        if isinstance(cost, int):
            return Charge(amount=cost)
        try:
            rated = await self.desk.rated(cost, self.clock())
        except BillingError as refusal:
            return Charge(refusal=refusal)
        return Charge(amount=rated.credits, usage=rated.as_text())


def one_cost(amount: int | None, usage: Usage | None) -> Cost:
    """Return the one of the two that was given. Raises InvalidField for both, and for neither."""
    if amount is not None and usage is not None:
        raise InvalidField(path="usage", problem="cannot be given together with amount")
    cost = usage if amount is None else amount
    if cost is None:
        raise InvalidField(path="amount", problem="or usage must be given")
    return cost


def purposes_for(cost: Cost | None, *, model: str | None, feature: str | None) -> Purposes:
    """Return what credits are for: the model that was used, or that was named, and the feature."""
    if isinstance(cost, Usage):
        if model is not None:
            raise InvalidField(path="model", problem="goes with usage by itself")
        model = cost.model
    return purposes_of(model=model, feature=feature)
