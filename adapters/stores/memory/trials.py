"""Trials in memory."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import TRIAL_BY_ACCOUNT
from application.ports.trials import Trials
from domain.subscriptions.trial import TrialClaim


@frozen
class MemoryTrials(Trials):
    """Claims by group and holder."""

    claims: Rows[TrialClaim]

    async def is_open(self, claim: TrialClaim, now: datetime) -> bool:
        found = self.claims.find(claim.group, claim.holder)
        return found is None or found.leaves_room_for(claim.account_id, now)

    async def promise(self, claim: TrialClaim, now: datetime) -> bool:
        if not await self.is_open(claim, now):
            return False
        self.claims.put(claim)
        return True

    async def begin(self, claim: TrialClaim) -> None:
        prefix = (claim.account_id, claim.group)
        for promised in list(self.claims.ascending(TRIAL_BY_ACCOUNT, prefix=prefix)):
            self.claims.put(promised.begun())
        self.claims.put(claim.begun())
