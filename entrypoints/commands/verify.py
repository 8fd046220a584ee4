"""`billing verify`: the ledger and the counters proved, and the places where they are wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from application.credits.verify_ledger import Progress, VerifyLedger
from application.promotions.verify_counters import VerifyCounters
from domain.credits.ids import AccountId
from domain.credits.proof import Breach
from domain.promotions.proof import Miscount
from entrypoints.commands.reach import reached
from entrypoints.commands.remote import RunningService
from entrypoints.settings import Settings


@frozen(kw_only=True)
class Verified:
    """What was proved, in how many seconds, and what is wrong: nothing, if all is well."""

    accounts: int
    lines: int
    credits_outstanding: int
    counters: int
    seconds: float
    breaches: tuple[Breach, ...]
    miscounts: tuple[Miscount, ...]

    @property
    def is_clean(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.breaches and not self.miscounts


async def verify(
    settings: Settings,
    admin_key: str | None,
    progress: Progress,
    monotonic: Callable[[], float],
) -> Verified:
    """Prove ledger and counters in the store, or have the service do so that holds it."""
    started = monotonic()
    async with reached(settings, admin_key) as place:
        if isinstance(place, RunningService):
            return _answered(await place.ask("POST", "/admin/verify"), monotonic() - started)
        found = await place.verify_ledger()(VerifyLedger(), progress)
        counted = await place.coupon_desk().verify_counters(VerifyCounters())
        return Verified(
            accounts=found.accounts,
            lines=found.lines,
            credits_outstanding=found.credits,
            counters=counted.counters,
            seconds=monotonic() - started,
            breaches=tuple(found.breaches),
            miscounts=tuple(counted.miscounts),
        )


def _answered(answer: Mapping[str, Any], seconds: float) -> Verified:
    return Verified(
        accounts=answer["accounts"],
        lines=answer["lines"],
        credits_outstanding=answer["credits_outstanding"],
        counters=answer["counters"],
        seconds=seconds,
        breaches=tuple(
            Breach(
                account_id=AccountId(each["account_id"]),
                seq=each["seq"],
                rule=each["rule"],
                found=each["found"],
            )
            for each in answer["breaches"]
        ),
        miscounts=tuple(
            Miscount(counter=each["counter"], rule=each["rule"], found=each["found"])
            for each in answer["miscounts"]
        ),
    )
