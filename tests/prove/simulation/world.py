"""Everything around the service: its clients and what they were answered, time, and the faults."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from application.ports.credits import OutcomeUnknown
from application.ports.idempotency import Caller, RequestKey
from application.ports.store import Store
from domain.access.audit import Actor
from domain.credits.ids import AccountId, HoldId, TransactionId
from domain.errors import BillingError, Busy
from domain.payments.ids import OrderId
from domain.subscriptions.catalogue import Pack, Plan
from tests.prove.simulation.provider_books import ProviderBooks
from tests.prove.simulation.receivers import Receivers
from tests.prove.simulation.service import Asked, Plant, Service, nothing
from tests.prove.simulation.swarm import Crashed, Fault, Fortune
from tests.support.clock import NOON

ACCOUNTS = tuple(AccountId(f"user-{number}") for number in range(1, 6))
ADMIN = Actor(id="admin-1", request_id="request-1")
REPEATED_FOR = timedelta(days=10)
"""How long a client goes on asking: well below the life of a spend's key."""

_PATIENCE_STEPS = 6
_BEFORE_ANY_ANSWER = object()


@define(eq=False, kw_only=True)
class Request:
    """What a client asks for, again and again under one key, until it is answered."""

    name: str
    ask: Asked
    took: Callable[[Any], object] | None
    first_at: datetime
    tries: int = 0
    answer: Any = _BEFORE_ANY_ANSWER

    @property
    def is_answered(self) -> bool:
        """Say whether the client knows what came of it."""
        return self.answer is not _BEFORE_ANY_ANSWER


@frozen
class Charged:
    """What the service has told a client that it did: the credits moved, under the client's key."""

    account_id: AccountId
    key: str
    transaction_id: TransactionId
    amount: int


@define(eq=False, kw_only=True)
class Memory:
    """What the clients know, each from answers it has had."""

    charged: list[Charged] = field(factory=list)
    spends: list[Charged] = field(factory=list)
    holds: list[tuple[AccountId, HoldId]] = field(factory=list)
    endings: Counter[HoldId] = field(factory=Counter)
    orders: list[OrderId] = field(factory=list)
    overdraft: Counter[AccountId] = field(factory=Counter)
    unanswered: list[Request] = field(factory=list)
    answered: list[Request] = field(factory=list)


@define(eq=False, kw_only=True)
class World:
    """One run: all that is drawn is drawn from `fortune`, so a seed is the whole of it.

    Where the provider `has_lists`, what happened there is read from its lists, page by page.
    """

    store: Store
    fortune: Fortune
    plant: Plant = nothing
    has_lists: bool = False
    now: datetime = NOON
    skew: timedelta = timedelta()
    times_set_back: int = 0
    violations: list[str] = field(factory=list)
    outcomes: Counter[str] = field(factory=Counter)
    memory: Memory = field(factory=Memory)
    plans: Sequence[Plan] = ()
    packs: Sequence[Pack] = ()
    codes: Sequence[str] = ()
    trace: Any = field(factory=hashlib.sha256)
    books: ProviderBooks = field(init=False)
    receivers: Receivers = field(init=False)
    service: Service = field(init=False)
    _keys: int = 0

    def __attrs_post_init__(self) -> None:
        self.books = ProviderBooks(clock=lambda: self.now)
        self.receivers = Receivers(fortune=self.fortune)
        self.service = Service(
            store=self.store,
            books=self.books,
            receivers=self.receivers,
            fortune=self.fortune,
            clock=self.clock,
            plant=self.plant,
            has_lists=self.has_lists,
        )

    def clock(self) -> datetime:
        """Return what the service's clock shows; it may be behind the true time."""
        return self.now + self.skew

    def key(self, owner: str, caller: Caller = Caller.BACKEND) -> RequestKey:
        """Return a key that nobody has used."""
        self._keys += 1
        name = f"key-{self._keys}"
        return RequestKey(owner=owner, caller=caller, key=name, fingerprint=name)

    async def request(
        self, name: str, ask: Asked, took: Callable[[Any], object] | None = None
    ) -> None:
        """Ask for something that a client will go on asking for until it knows."""
        await self.ask_again(Request(name=name, ask=ask, took=took, first_at=self.clock()))

    async def ask_again(self, request: Request) -> None:
        """Ask once more; whoever was answered before must be answered the same."""
        request.tries += 1
        found = await self.attempt(request.name, request.ask)
        if found is None:
            if not request.is_answered:
                self.memory.unanswered.append(request)
            return
        (answer,) = found
        if isinstance(answer, BillingError):
            return
        if request.is_answered:
            if _said(answer) != _said(request.answer):
                self.violations.append(f"{request.name}: a repeat was answered differently")
            return
        request.answer = answer
        if request.took is not None:
            request.took(answer)
        self.memory.answered.append(request)

    async def attempt(self, name: str, ask: Asked) -> tuple[Any] | None:
        """Ask the service once: return its answer or refusal, or None if nobody knows."""
        life = self.service.life
        try:
            answer = await self._patiently(ask(self.service.made))
        except (Busy, OutcomeUnknown, asyncio.CancelledError, Crashed) as silence:
            self.note(name, type(silence).__name__)
            return None
        except BillingError as refusal:
            self.note(name, refusal.code)
            return (refusal,)
        except BaseExceptionGroup as several:
            if all(_is_silence(each) for each in _leaves(several)):
                self.note(name, type(several).__name__)
                return None
            self.violations.append(f"{name}: {_leaves(several)!r}")
            return None
        except Exception as fault:  # noqa: BLE001 - whatever else is raised is a bug that was found
            if not life.is_over:
                self.violations.append(f"{name} raised {fault!r}")
            self.note(name, type(fault).__name__)
            return None
        self.note(name, "done")
        return (answer,)

    def note(self, name: str, outcome: str) -> None:
        """Write a line of the trace: what was done, what came of it, and when."""
        self.outcomes[f"{name}: {outcome}"] += 1
        self.trace.update(f"{name} {outcome} {self.now.isoformat()} {self.skew}\n".encode())

    async def _patiently(self, asked: Awaitable[Any]) -> Any:
        """Wait for an answer, or give the call up before it comes."""
        if not self.fortune.strikes(Fault.GIVEN_UP):
            return await asked
        task = asyncio.ensure_future(asked)
        for _ in range(self.fortune.between(0, _PATIENCE_STEPS)):
            await asyncio.sleep(0)
        task.cancel()
        return await task


def _said(answer: Any) -> Any:
    """Return what must be the same in every repeat of an answer."""
    return getattr(answer, "receipt", None)


def _leaves(several: BaseExceptionGroup[Any]) -> list[BaseException]:
    found: list[BaseException] = []
    for each in several.exceptions:
        found += _leaves(each) if isinstance(each, BaseExceptionGroup) else [each]
    return found


def _is_silence(fault: BaseException) -> bool:
    return isinstance(fault, Busy | OutcomeUnknown | asyncio.CancelledError | Crashed)
