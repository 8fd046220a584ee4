"""The trials that accounts have had or were promised: one for each plan group, for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.subscriptions.trial import TrialClaim


class Trials(Protocol):
    """Claims on trials, by group and holder."""

    async def is_open(self, claim: TrialClaim, now: datetime) -> bool:
        """Say whether a claim could be promised now, locking nothing."""
        ...

    async def promise(self, claim: TrialClaim, now: datetime) -> bool:
        """Keep a claim unless another stands against it; say whether it was kept.

        It is locked until the unit ends. Of several that are promised at once, one is.
        """
        ...

    async def begin(self, claim: TrialClaim) -> None:
        """Keep for ever what the claim's account was promised of the group, and the claim itself.

        A trial that begins after its promise ran out and went to somebody else stays begun.
        """
        ...
