"""What time decides by itself: lots begin and end, and holds end when nobody ends them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import TYPE_CHECKING

from attrs import Factory, define, evolve

from domain.credits.changed_wallet import changed_wallet
from domain.credits.grant import Grant
from domain.credits.hold import HoldState
from domain.credits.holding import end_hold
from domain.credits.ids import GrantId
from domain.credits.posting import NewId, Posting
from domain.credits.transaction import Transaction, TransactionText

if TYPE_CHECKING:
    from domain.credits.wallet import Wallet


class _Turn(IntEnum):
    """What comes first of what is due at one instant.

    A hold gives back before its lots end, so that what is left of them ends in one line.
    """

    LOT_BEGINS = 0
    HOLD_ENDS = 1
    LOT_ENDS = 2


def due(wallet: Wallet, at: datetime) -> Iterator[tuple[datetime, _Turn, str]]:
    """Yield what time has decided and nobody has posted: when, what, and of which lot or hold."""
    for grant in wallet.grants:
        yield from _due_of(grant, at)
    for hold in wallet.holds:
        if hold.expires_at <= at:
            yield hold.expires_at, _Turn.HOLD_ENDS, hold.id


def _due_of(grant: Grant, at: datetime) -> Iterator[tuple[datetime, _Turn, str]]:
    if not grant.is_posted and grant.effective_at <= at:
        yield grant.effective_at, _Turn.LOT_BEGINS, grant.id
    if grant.free and grant.expires_at is not None and grant.has_expired(at):
        yield grant.expires_at, _Turn.LOT_ENDS, grant.id


def is_due(wallet: Wallet, at: datetime) -> bool:
    """Say whether time has decided anything that nobody has posted: nearly always it has not."""
    for grant in wallet.grants:
        if not grant.is_posted and grant.effective_at <= at:
            return True
        if grant.expires_at is not None and grant.free and grant.has_expired(at):
            return True
    return any(hold.expires_at <= at for hold in wallet.holds)


def settled(posting: Posting, at: datetime, new_id: NewId) -> Posting:
    """Post everything that is due, each thing at the instant when time decided it.

    So it does not matter when anybody looks: what a lot leaves behind may itself be over by now,
    and the ledger tells the balance of every instant that has passed. A lot is posted by looking at
    it alone, so that thousands that are due at once take no longer each than one does; the end of
    a hold, of which there are few, looks at all lots.
    """
    while is_due(posting.wallet, at):
        lots = _DueLots.of(posting, at)
        while (step := lots.next_due()) is not None:
            when, turn, name = step
            if turn is _Turn.HOLD_ENDS:
                break
            lots.post(when, turn, GrantId(name), new_id)
        posting = lots.posting()
        if step is not None:
            posting = _silent(posting, step[2], posting.wallet.at(step[0]), new_id)
    return posting


@define
class _DueLots:
    """A wallet on the way to being settled: its lots by id, and what is due in the order of time.

    `wallet` has no lots meanwhile: a lot is put into it for its own step, with those alone that
    share the cap on what it carries over (`pools`).
    """

    before: Posting
    instant: datetime
    wallet: Wallet
    lots: dict[GrantId, Grant]
    queue: list[tuple[datetime, _Turn, str]]
    pools: Mapping[str, Sequence[GrantId]]
    touched: dict[GrantId, Grant] = Factory(dict)
    lines: list[Transaction] = Factory(list)

    @classmethod
    def of(cls, posting: Posting, at: datetime) -> _DueLots:
        """Begin with everything that is due in a wallet."""
        wallet = posting.wallet
        queue = list(due(wallet, at))
        heapify(queue)
        lots = {grant.id: grant for grant in wallet.grants}
        pools: defaultdict[str, list[GrantId]] = defaultdict(list)
        for grant in wallet.grants:
            if (pool := grant.pool) is not None:
                pools[pool].append(grant.id)
        return cls(posting, at, changed_wallet(wallet, grants=()), lots, queue, pools)

    def next_due(self) -> tuple[datetime, _Turn, str] | None:
        """Return what is due next, or None. What another step has made pointless is left out."""
        while self.queue:
            step = heappop(self.queue)
            if step[1] is _Turn.HOLD_ENDS:
                return step
            lot = self.lots.get(GrantId(step[2]))
            if lot is not None and step in _due_of(lot, self.instant):
                return step
        return None

    def post(self, when: datetime, turn: _Turn, name: GrantId, new_id: NewId) -> None:
        """Post that a lot begins or ends; what it leaves behind may be due, too."""
        lot, then = self.lots.pop(name), self.wallet.at(when)
        beside = [
            self.lots.pop(each) for each in self.pools.get(lot.pool or "", ()) if each in self.lots
        ]
        lots = tuple(sorted([lot, *beside], key=attrgetter("burns")))
        alone = Posting(wallet=changed_wallet(self.wallet, grants=lots))
        if turn is _Turn.LOT_BEGINS:
            done = alone.with_credit(lot, then, new_id, TransactionText(salt=new_id()))
        else:
            done = alone.with_end(lot, then, new_id)
        self.wallet = changed_wallet(done.wallet, grants=())
        self.lines += done.transactions
        self.touched |= {grant.id: grant for grant in done.grants}
        for grant in done.wallet.grants:
            self.lots[grant.id] = grant
            for step in _due_of(grant, self.instant):
                heappush(self.queue, step)

    def posting(self) -> Posting:
        """Return everything posted so far, with the lots back in burn order."""
        if not self.lines:
            return self.before
        lots = tuple(sorted(self.lots.values(), key=attrgetter("burns")))
        touched = {grant.id: grant for grant in self.before.grants} | self.touched
        return evolve(
            self.before,
            wallet=changed_wallet(self.wallet, grants=lots),
            transactions=(*self.before.transactions, *self.lines),
            grants=tuple(touched.values()),
        )


def _silent(posting: Posting, name: str, at: datetime, new_id: NewId) -> Posting:
    hold = next(each for each in posting.wallet.holds if each.id == name)
    state = HoldState.EXPIRED
    return end_hold(posting, hold, amount=hold.due, state=state, at=at, new_id=new_id)
