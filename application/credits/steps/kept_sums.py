"""Compare the sums kept for explanations with an account's lines, as the proof passes over them."""

from __future__ import annotations

from attrs import Factory, define, fields

from application.ports.credits import LedgerRecords
from domain.credits.proof import WalletProof
from domain.credits.stretch import LotSums, Stretch
from domain.credits.transaction import Transaction

_AT_ONCE = 100


@define(kw_only=True)
class KeptSums:
    """Adds up an account's lines once more, stretch by stretch, and judges what is kept of each.

    Up to `last_seq` there may be sums. Those of another length than `length` are none that anybody
    reads. Where lines of a stretch break a rule themselves, they are at fault rather than its sum.
    """

    records: LedgerRecords
    proof: WalletProof
    length: int
    last_seq: int = 0
    are_wrong: bool = False
    _sums: LotSums = Factory(LotSums)
    _breaches: int = 0
    _kept: dict[int, Stretch] = Factory(dict)
    _looked_to: int = 0

    def pass_over(self, line: Transaction) -> bool:
        """Take in the next line, which has just been proved; say whether it ends a stretch."""
        if line.seq > self.last_seq // self.length * self.length:
            return False
        self._sums.read(line)
        return line.seq % self.length == 0

    async def judge(self, last: Transaction) -> None:
        """Compare what is kept of the stretch that ends with this line, and begin the next."""
        kept = await self._kept_of(last.seq // self.length - 1)
        made = self._sums.stretch(last.seq // self.length - 1, last)
        is_whole = made.lines == self.length and len(self.proof.breaches) == self._breaches
        if kept is not None and kept.lines == self.length and is_whole and kept != made:
            self.are_wrong = True
            self.proof.sums_differ(last.seq, _said(kept, made))
        self._sums = LotSums()
        self._breaches = len(self.proof.breaches)

    async def _kept_of(self, number: int) -> Stretch | None:
        if number >= self._looked_to:
            found = await self.records.stretches(self.proof.account_id, number, _AT_ONCE)
            self._kept = {each.number: each for each in found}
            self._looked_to = number + _AT_ONCE
        return self._kept.get(number)

    def cannot_read(self, why: str) -> None:
        """Note that a sum is none that the service has written; the others are not judged."""
        self.are_wrong = True
        self.last_seq = 0
        self.proof.sums_differ(0, f"what is kept cannot be read: {why}")


def _said(kept: Stretch, made: Stretch) -> str:
    names = [each.name for each in fields(Stretch)]
    differ = [name for name in names if getattr(kept, name) != getattr(made, name)]
    first = made.last_seq - made.lines + 1
    return f"found other sums ({', '.join(differ)}) than lines {first} to {made.last_seq} make"
