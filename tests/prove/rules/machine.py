"""A wallet on a store and its model side by side: after every step they must hold the same."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import Factory, define, evolve, field, frozen

from application.ports.credits import Ledger, Receipt
from application.ports.idempotency import Caller, RequestKey
from application.ports.system import NewId
from application.wallets.group_commit import GroupCommit
from application.wallets.wallet_command import Decided
from domain.credits.errors import (
    GrantEnded,
    HoldNotOpen,
    InsufficientCredits,
    KeyReused,
)
from domain.credits.grant import CATEGORY_OF, GrantSource, GrantTerms, Rollover
from domain.credits.hold import HoldState, HoldTerms, Silence
from domain.credits.ids import AccountId, GrantId, HoldId
from domain.credits.posting import Posting
from domain.credits.scope import Scope, purposes_of
from domain.credits.transaction import AI_USAGE
from domain.credits.wallet import Wallet
from domain.errors import BillingError
from tests.prove.rules.model import Held, Lot, Model
from tests.support.builders.credits import a_text
from tests.support.clock import CountedIds, SettableClock

_MINUTE = timedelta(minutes=1)
_MICROSECOND = timedelta(microseconds=1)
_SCOPED = "gpt-4o"
Action = Callable[[Wallet, datetime, NewId], Posting]


@frozen(kw_only=True)
class Doing:
    """A command that does one thing to a wallet, under a key."""

    account_id: AccountId
    key: RequestKey
    action: Action
    is_kept_for_ever: bool = False

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        posting = self.action(wallet, now, new_id)
        after = posting.wallet
        receipt = Receipt(
            account_id=self.account_id,
            amount=after.posted - wallet.posted,
            balance=after.balance(now),
            available=after.available(now),
            at=now,
        )
        return Decided(posting=posting, receipt=receipt)


@define(kw_only=True)
class Machine:
    """One account, put through random steps. `clock` is common to wallet and model."""

    ledger: Ledger
    commit: GroupCommit
    clock: SettableClock
    chance: random.Random
    account_id: AccountId
    new_id: CountedIds = Factory(CountedIds)
    steps: int = 0
    refusals: int = 0
    model: Model = field(init=False)
    _last: Doing | None = None

    def __attrs_post_init__(self) -> None:
        self.model = Model(self.clock.now)

    async def step(self) -> None:
        """Take one step on both sides, and compare them."""
        self.steps += 1
        # Every step has an instant of its own, so that no two lots are of one age.
        await self._passes(_MICROSECOND)
        kinds = (self._grants, self._spends, self._holds, self._extends, self._ends, self._waits)
        rare = (self._voids, self._sweeps, self._repeats, self._overdraws)
        await self.chance.choices((*kinds, *rare), (4, 6, 5, 3, 5, 4, 1, 1, 1, 1))[0]()
        await self._compare()

    async def _passes(self, time: timedelta) -> None:
        self.clock.now += time
        self.model.pass_until(self.clock.now)

    async def _waits(self) -> None:
        await self._passes(self.chance.choice((1, 3, 10, 60, 400)) * _MINUTE)

    async def _grants(self) -> None:
        chance, now = self.chance, self.clock.now
        amount = chance.randint(1, 60)
        source = chance.choice((GrantSource.PURCHASE, GrantSource.MANUAL))
        starts_at = now + chance.choice((0, 0, 0, 20)) * _MINUTE
        ends_at = None
        rollover = None
        if chance.random() < 0.7:
            ends_at = starts_at + chance.choice((5, 30, 300, 2000)) * _MINUTE
            if chance.random() < 0.3:
                until = ends_at + chance.choice((5, 300)) * _MINUTE
                rollover = Rollover(most=chance.randint(1, 40), until=until)
        is_scoped = chance.random() < 0.2
        terms = GrantTerms(
            amount=amount,
            source=source,
            category=CATEGORY_OF[source],
            priority=chance.choice((5, 10, 10)),
            effective_at=starts_at,
            expires_at=ends_at,
            scope=Scope((f"model:{_SCOPED}",)) if is_scoped else Scope(),
            rollover=rollover,
        )
        name = GrantId(self.new_id())
        await self._do(
            lambda wallet, at, new_id: wallet.grant(
                terms, grant_id=name, text=a_text(), now=at, new_id=new_id
            )
        )
        last = datetime.max.replace(tzinfo=now.tzinfo)
        is_paid = source is GrantSource.PURCHASE
        self.model.give(
            Lot(
                name=name,
                left=amount,
                order=(terms.priority, ends_at or last, is_paid, now, name),
                starts_at=starts_at,
                ends_at=ends_at,
                scope=_SCOPED if is_scoped else None,
                roll_most=0 if rollover is None else rollover.most,
                roll_until=None if rollover is None else rollover.until,
            )
        )

    async def _spends(self) -> None:
        purpose = self._purpose()
        room = self.model.room(purpose)
        amount = self._about(room)
        await self._do(
            lambda wallet, at, new_id: wallet.spend(
                amount,
                type=AI_USAGE,
                text=a_text(),
                purposes=purposes_of(model=purpose),
                now=at,
                new_id=new_id,
            ),
            refused=InsufficientCredits if amount > room else None,
        )
        if amount <= room:
            self.model.take(amount, purpose)

    async def _holds(self) -> None:
        purpose = self._purpose()
        room = self.model.room(purpose)
        amount = self._about(room)
        ttl = self.chance.choice((1, 5, 60, 600)) * _MINUTE
        silence = self.chance.choice(tuple(Silence))
        name = HoldId(self.new_id())
        terms = HoldTerms(
            amount=amount,
            ttl=ttl,
            silence=silence,
            purposes=purposes_of(model=purpose),
            text=a_text(),
        )
        await self._do(
            lambda wallet, at, new_id: wallet.hold(terms, hold_id=name, now=at, new_id=new_id),
            refused=InsufficientCredits if amount > room else None,
        )
        if amount <= room:
            ends_at = self.clock.now + ttl
            hold = Held(
                amount=amount,
                lots=[],
                reserved=0,
                ends_at=ends_at,
                silence=silence,
                purpose=purpose,
            )
            self.model.set_aside(hold, amount)
            self.model.holds[name] = hold

    async def _extends(self) -> None:
        name = self._some_hold()
        hold = self.model.holds.get(name)
        is_open = hold is not None and hold.state is HoldState.OPEN
        ttl = self.chance.choice((1, 30)) * _MINUTE
        reported = self.chance.randint(0, 50)
        asked = None if hold is None else hold.amount + self.chance.choice((-5, 0, 3, 30))
        asked = None if asked is None or asked < 1 else asked
        more = max(0, asked - hold.amount) if hold is not None and asked is not None else 0
        room = self.model.room(hold.purpose) if hold is not None else 0
        refused: type[BillingError] | None = None
        if not is_open:
            refused = HoldNotOpen
        elif more > room:
            refused = InsufficientCredits
        await self._do(
            lambda wallet, at, new_id: wallet.extend(
                name, ttl=ttl, reported=reported, amount=asked, now=at, new_id=new_id
            ),
            refused=refused,
        )
        if refused is None and hold is not None:
            self.model.set_aside(hold, more)
            hold.amount += more
            hold.ends_at = max(hold.ends_at, self.clock.now + ttl)
            hold.reported = max(hold.reported, reported)

    async def _ends(self) -> None:
        name = self._some_hold()
        hold = self.model.holds.get(name)
        is_open = hold is not None and hold.state is HoldState.OPEN
        is_release = self.chance.random() < 0.3
        top = 0 if hold is None else hold.amount
        amount = 0 if is_release else self.chance.choice((0, top // 2, top, top + 1, top + 40))

        def action(wallet: Wallet, at: datetime, new_id: NewId) -> Posting:
            if is_release:
                return wallet.release(name, now=at, new_id=new_id)
            return wallet.capture(name, amount, now=at, new_id=new_id)

        await self._do(action, refused=None if is_open else HoldNotOpen)
        if hold is not None and is_open:
            state = HoldState.RELEASED if is_release else HoldState.CAPTURED
            self.model.end(hold, state, amount)

    async def _voids(self) -> None:
        lot = self.chance.choice(self.model.lots) if self.model.lots else None
        # The lot that another rolled over into has a name that only the wallet knows.
        if lot is None or lot.name.endswith("+"):
            return
        name = GrantId(lot.name)
        is_gone = lot.is_over(self.model.now) or lot.left == 0
        await self._do(
            lambda wallet, at, new_id: wallet.void(name, text=a_text(), now=at, new_id=new_id),
            refused=GrantEnded if is_gone else None,
        )
        if not is_gone:
            self.model.void(lot)

    async def _sweeps(self) -> None:
        await self._do(lambda wallet, at, new_id: wallet.settle(at, new_id))

    async def _overdraws(self) -> None:
        limit = self.chance.choice((0, 0, 20, 100))
        if limit < self.model.owed + sum(hold.reserved for hold in self.model.open):
            return

        def action(wallet: Wallet, at: datetime, new_id: NewId) -> Posting:
            posting = wallet.settle(at, new_id)
            return evolve(posting, wallet=evolve(posting.wallet, overdraft_max=limit))

        await self._do(action)
        self.model.overdraft = limit

    async def _repeats(self) -> None:
        """Send the last command again: the same answer; and its key for another: refused."""
        last = self._last
        if last is None:
            return
        before = await self._stored()
        again = await self.commit(last)
        assert again.is_replay
        other = RequestKey(
            owner=last.key.owner, caller=last.key.caller, key=last.key.key, fingerprint="other"
        )
        try:
            await self.commit(Doing(account_id=self.account_id, key=other, action=last.action))
        except KeyReused:
            pass
        else:
            raise AssertionError("a key answered another request")
        assert await self._stored() == before

    async def _do(self, action: Action, *, refused: type[BillingError] | None = None) -> None:
        key = RequestKey(
            owner=self.account_id, caller=Caller.SYSTEM, key=self.new_id(), fingerprint="f"
        )
        command = Doing(account_id=self.account_id, key=key, action=action)
        if refused is None:
            outcome = await self.commit(command)
            assert not outcome.is_replay
            self._last = command
            return
        before = await self._stored()
        try:
            await self.commit(command)
        except refused:
            self.refusals += 1
        else:
            raise AssertionError(f"expected {refused.__name__}")
        assert await self._stored() == before, "a refusal changed something"

    async def _stored(self) -> Wallet:
        return (await self.ledger.load([self.account_id]))[self.account_id]

    async def _compare(self) -> None:
        wallet, model, now = await self._stored(), self.model, self.clock.now
        settled = wallet.settle(now, self.new_id).wallet
        seen = {
            "balance": wallet.balance(now),
            "available": wallet.available(now),
            "scoped": wallet.affordable(now, purposes_of(model=_SCOPED)),
            "held": settled.held,
            "owed": settled.overdrawn,
            "lots": sorted((grant.remaining, grant.pinned) for grant in settled.grants),
        }
        wanted = {
            "balance": model.balance,
            "available": max(0, model.net(None)),
            "scoped": model.room(_SCOPED),
            "held": sum(hold.amount for hold in model.open),
            "owed": model.owed,
            "lots": sorted(
                (lot.left, lot.held)
                for lot in model.lots
                if lot.left and (lot.has_begun or not lot.is_void)
            ),
        }
        assert seen == wanted, (self.steps, seen, wanted)

    def _some_hold(self) -> HoldId:
        names = [name for name, hold in self.model.holds.items() if hold.state is HoldState.OPEN]
        if names and self.chance.random() < 0.9:
            return HoldId(self.chance.choice(names))
        return HoldId(self.chance.choice(list(self.model.holds) or ["none"]))

    def _purpose(self) -> str | None:
        return self.chance.choice((None, None, _SCOPED, "other"))

    def _about(self, room: int) -> int:
        return max(1, self.chance.choice((1, room // 3, room // 3, room, room + 1)))
