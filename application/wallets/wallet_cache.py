"""Wallets this process has just written, so that the next group need not load them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from attrs import Factory, define

from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet

# A cached wallet with a few lots takes 0.5 to 1 KB.
WALLETS_MAX = 100_000


@define(eq=False)
class WalletCache:
    """A bounded memory of wallets, the longest unused going first.

    An optimisation only: each is guarded by its version when it is written. A wallet is taken out
    for the time of a write, so an error or a timeout can leave nothing stale behind.
    """

    wallets_max: int = WALLETS_MAX
    _wallets: OrderedDict[AccountId, Wallet] = Factory(OrderedDict)

    def take(self, account_ids: Sequence[AccountId]) -> dict[AccountId, Wallet]:
        """Return those that are here, and forget them until they are put back."""
        found = {}
        for account_id in account_ids:
            wallet = self._wallets.pop(account_id, None)
            if wallet is not None:
                found[account_id] = wallet
        return found

    def put(self, wallet: Wallet) -> None:
        """Remember a wallet as the store confirmed it."""
        self._wallets[wallet.account_id] = wallet
        self._wallets.move_to_end(wallet.account_id)
        while len(self._wallets) > self.wallets_max:
            self._wallets.popitem(last=False)

    def __len__(self) -> int:
        return len(self._wallets)
