"""Answer what an account holds, exact at the instant it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from attrs import define, field, frozen

from application.ports.credits import Ledger
from application.ports.system import Clock
from domain.credits.ids import AccountId
from domain.credits.standing import Standing, standing
from domain.credits.wallet import Wallet

READ_TOGETHER_MAX = 500


@frozen(kw_only=True)
class ReadBalance:
    """Ask for one account's balance."""

    account_id: AccountId


@define(eq=False, kw_only=True)
class WalletReads:
    """Reads of wallets that are asked for while a query runs are answered together by the next.

    Each answer is read after its question came, so a read directly after a write sees it.
    """

    ledger: Ledger
    _asked: dict[AccountId, asyncio.Future[Wallet]] = field(factory=dict, init=False)
    _reader: asyncio.Task[None] | None = field(default=None, init=False)

    async def __call__(self, account_id: AccountId) -> Wallet:
        """Return the wallet as it is stored now. Raises OutcomeUnknown."""
        asked = self._asked.get(account_id)
        if asked is None:
            asked = self._asked[account_id] = asyncio.get_running_loop().create_future()
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read(), name="wallet-reads")
        # Several may wait for one answer: one of them leaving must not take it from the others.
        return await asyncio.shield(asked)

    async def _read(self) -> None:
        while self._asked:
            batch = dict(list(self._asked.items())[:READ_TOGETHER_MAX])
            for account_id in batch:
                del self._asked[account_id]
            try:
                wallets: Mapping[AccountId, Wallet] = await self.ledger.load(list(batch))
            except Exception as fault:  # noqa: BLE001 - handed on to everyone who asked
                for asked in batch.values():
                    asked.set_exception(fault)
                continue
            for account_id, asked in batch.items():
                asked.set_result(wallets[account_id])


@frozen(kw_only=True)
class ReadingBalance:
    """Read a wallet and judge it by the clock: expired lots count for nothing."""

    wallets: WalletReads
    clock: Clock

    async def __call__(self, command: ReadBalance) -> Standing:
        wallet = await self.wallets(command.account_id)
        return standing(wallet, self.clock())
