"""When an account is running low: thresholds that fire once, and again only after recovery."""

from __future__ import annotations

from attrs import evolve, frozen

from domain.amount import AMOUNT_MAX, within
from domain.credits.ids import AccountId
from domain.errors import InvalidField

THRESHOLDS_MAX = 5
_WHOLE = 100


@frozen(kw_only=True)
class Threshold:
    """A level of available credits: an amount, or a share of what there was after the last credit.

    Exactly one of the two is given. It is armed until the level is undercut, and armed again once
    at least the level is available.
    """

    amount: int | None = None
    percent: int | None = None
    is_armed: bool = True

    def __attrs_post_init__(self) -> None:
        if (self.amount is None) is (self.percent is None):
            raise InvalidField(path="thresholds", problem="each has either amount or percent")
        if self.amount is not None:
            within("amount", self.amount, least=1, most=AMOUNT_MAX)
        if self.percent is not None:
            within("percent", self.percent, least=1, most=_WHOLE - 1)

    def level(self, base: int) -> int:
        """Return the credits that it stands for, a share rounded up."""
        if self.amount is not None:
            return self.amount
        assert self.percent is not None
        return -(-base * self.percent // _WHOLE)


@frozen(kw_only=True)
class LowBalance:
    """A threshold that was undercut: so much was available then, below that level."""

    account_id: AccountId
    threshold: Threshold
    level: int
    available: int


@frozen(kw_only=True)
class LowBalanceWatch:
    """The thresholds of one account. `base` is what was available after credits last came in."""

    thresholds: tuple[Threshold, ...]
    base: int

    def __attrs_post_init__(self) -> None:
        if len(self.thresholds) > THRESHOLDS_MAX:
            problem = f"may be at most {THRESHOLDS_MAX}"
            raise InvalidField(path="thresholds", problem=problem)
        levels = [(each.amount, each.percent) for each in self.thresholds]
        if len(set(levels)) < len(levels):
            raise InvalidField(path="thresholds", problem="names one level twice")

    def seen(
        self, account_id: AccountId, available: int, *, has_received: bool
    ) -> tuple[LowBalanceWatch, tuple[LowBalance, ...]]:
        """Look at what is available after a change; return what is to be remembered and told."""
        base = max(available, 1) if has_received else self.base
        lows: list[LowBalance] = []
        thresholds: list[Threshold] = []
        for threshold in self.thresholds:
            level = threshold.level(base)
            is_low = available < level
            if is_low and threshold.is_armed:
                lows.append(
                    LowBalance(
                        account_id=account_id, threshold=threshold, level=level, available=available
                    )
                )
            thresholds.append(evolve(threshold, is_armed=not is_low))
        return LowBalanceWatch(thresholds=tuple(thresholds), base=base), tuple(lows)
