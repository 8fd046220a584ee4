"""Answer what an account holds, exact at the instant it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from attrs import define, field, frozen

from application.ports.credits import Ledger
from application.ports.system import Clock
from domain.credits.ids import AccountId
from domain.credits.wallet import Expiring, Wallet

READ_TOGETHER_MAX = 500


@frozen(kw_only=True)
class ReadBalance:
    """Ask for one account's balance."""

    account_id: AccountId


@frozen(kw_only=True)
class BalanceRead:
    """Posted credits that count now, what of them is held, and which lots expire next."""

    balance: int
    available: int
    held: int
    expiring: Expiring | None


@define(eq=False, kw_only=True)
class WalletReads:
    """Reads of wallets that are asked for while a query runs are answered together by the next.

    Each answer is read after its question came, so a read directly after a write sees it.
    """

    ledger: Ledger
    _asked: dict[AccountId, list[asyncio.Future[Wallet]]] = field(factory=dict, init=False)
    _reader: asyncio.Task[None] | None = field(default=None, init=False)

    async def __call__(self, account_id: AccountId) -> Wallet:
        """Return the wallet as it is stored now. Raises OutcomeUnknown."""
        # Several may wait for one answer, each by a future of their own: whoever leaves takes
        # nothing from the others.
        answer: asyncio.Future[Wallet] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(account_id, []).append(answer)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read(), name="wallet-reads")
        return await answer

    async def _read(self) -> None:
        while self._asked:
            batch = dict(list(self._asked.items())[:READ_TOGETHER_MAX])
            for account_id in batch:
                del self._asked[account_id]
            try:
                wallets: Mapping[AccountId, Wallet] = await self.ledger.load(list(batch))
            except Exception as fault:  # noqa: BLE001 - handed on to everyone who asked
                for answer in _waiting(batch.values()):
                    answer.set_exception(fault)
                continue
            for account_id, answers in batch.items():
                wallet = wallets[account_id]
                for answer in _waiting((answers,)):
                    answer.set_result(wallet)


def _waiting(
    asked: Iterable[Iterable[asyncio.Future[Wallet]]],
) -> Iterator[asyncio.Future[Wallet]]:
    """Yield the futures of those who are still there."""
    return (answer for answers in asked for answer in answers if not answer.done())


@frozen(kw_only=True)
class ReadingBalance:
    """Read a wallet and judge it by the clock: expired lots count for nothing."""

    wallets: WalletReads
    clock: Clock

    async def __call__(self, command: ReadBalance) -> BalanceRead:
        wallet = await self.wallets(command.account_id)
        now = self.clock()
        balance, available = wallet.standing(now)
        return BalanceRead(
            balance=balance,
            available=available,
            held=wallet.held,
            expiring=wallet.expiring(now),
        )
