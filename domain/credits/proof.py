"""The proof of a ledger: every rule a wallet's stored rows must satisfy, from the first line on."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import Factory, define, frozen

from domain.credits.grant import Grant
from domain.credits.ids import OVERDRAFT, AccountId, GrantId
from domain.credits.transaction import CLAWBACK, GENESIS, LedgerAccount, Transaction, seal_of
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class Breach:
    """A place where the stored ledger breaks a rule: which account, which line, which rule.

    `seq` is 0 when the fault lies in the wallet or a grant rather than in a line.
    """

    account_id: AccountId
    seq: int
    rule: str
    found: str


@define
class WalletProof:
    """Reads one account's transactions in order of `seq` and keeps what is needed to judge the end.

    Feed every line with `read`, then call `close` with the wallet row and all grants.
    """

    account_id: AccountId
    breaches: list[Breach] = Factory(list)
    lines: int = 0
    _seq: int = 0
    _posted: int = 0
    _hash: bytes = GENESIS
    _received: dict[GrantId, int] = Factory(dict)
    _drawn: dict[GrantId, int] = Factory(dict)
    _credited: dict[GrantId, int] = Factory(dict)

    def read(self, line: Transaction) -> None:
        """Check the next line against the lines before it."""
        self.lines += 1
        self._posted += line.signed
        self._expect(line.seq, "sequence_is_dense", line.seq, self._seq + 1)
        self._expect(line.seq, "balance_after_adds_up", line.balance_after, self._posted)
        self._expect(line.seq, "hash_chain_is_whole", line.hash, seal_of(line, self._hash))
        if line.text is not None:
            self._expect(line.seq, "text_is_unchanged", line.text.digest(), line.text_digest)
        sides = (line.debit is LedgerAccount.WALLET) + (line.credit is LedgerAccount.WALLET)
        self._expect(line.seq, "one_side_is_the_wallet", sides, 1)
        allocated = sum(allocation.amount for allocation in line.allocations)
        self._expect(line.seq, "allocations_add_up", allocated, line.amount)
        moved = self._received if line.credit is LedgerAccount.WALLET else self._drawn
        for allocation in line.allocations:
            moved[allocation.grant_id] = moved.get(allocation.grant_id, 0) + allocation.amount
        if line.credit is LedgerAccount.WALLET and line.type != CLAWBACK and line.allocations:
            lot = line.allocations[0].grant_id
            self._credited[lot] = self._credited.get(lot, 0) + line.amount
        if self._posted + self._overdrawn < 0:
            self._fault(line.seq, "balance_is_never_negative", str(self._posted))
        if self._overdrawn < 0:
            self._fault(line.seq, "only_what_is_owed_is_filled", str(self._overdrawn))
        self._seq, self._posted, self._hash = line.seq, line.balance_after, line.hash

    def close(self, wallet: Wallet, grants: Iterable[Grant]) -> None:
        """Check the wallet row and every grant against the lines read."""
        self._expect(0, "wallet_counts_its_lines", wallet.seq, self._seq)
        self._expect(0, "wallet_balance_is_the_sum", wallet.posted, self._posted)
        self._expect(0, "wallet_ends_the_chain", wallet.last_hash, self._hash)
        self._expect(0, "wallet_owes_what_is_owed", wallet.overdrawn, self._overdrawn)
        known: set[GrantId] = {OVERDRAFT}
        remaining = 0
        for grant in grants:
            known.add(grant.id)
            credited = self._credited.get(grant.id, 0)
            left = self._received.get(grant.id, 0) - self._drawn.get(grant.id, 0)
            self._expect(0, "grant_is_posted_whole", credited, grant.amount * grant.is_posted)
            expected = left if grant.is_posted else grant.amount
            self._expect(0, "grant_is_drawn_exactly", grant.remaining, expected)
            remaining += grant.remaining * grant.is_posted
            if not 0 <= grant.remaining <= grant.amount:
                self._fault(0, "grant_keeps_its_bounds", f"{grant.id}: {grant.remaining}")
        self._expect(0, "grants_make_the_balance", remaining - wallet.overdrawn, wallet.posted)
        for stray in sorted((self._received.keys() | self._drawn.keys()) - known):
            self._fault(0, "allocations_name_a_grant", stray)

    @property
    def _overdrawn(self) -> int:
        return self._drawn.get(OVERDRAFT, 0) - self._received.get(OVERDRAFT, 0)

    def _expect(self, seq: int, rule: str, found: object, wanted: object) -> None:
        if found != wanted:
            self._fault(seq, rule, f"found {_shown(found)}, expected {_shown(wanted)}")

    def _fault(self, seq: int, rule: str, found: str) -> None:
        self.breaches.append(Breach(account_id=self.account_id, seq=seq, rule=rule, found=found))


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
