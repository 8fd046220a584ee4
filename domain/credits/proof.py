"""The proof of a ledger: every rule a wallet's stored rows must satisfy, from the first line on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from attrs import Factory, define, frozen

from domain.credits.grant import Grant, GrantSource
from domain.credits.ids import OVERDRAFT, AccountId, GrantId
from domain.credits.lot_seal import lot_seal
from domain.credits.transaction import (
    CLAWBACK,
    GENESIS,
    USAGE_REFUND,
    LedgerAccount,
    Transaction,
    seal_of,
)
from domain.credits.wallet import Wallet

_NO_TIME = timedelta(0)


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
    _seals: dict[GrantId, str | None] = Factory(dict)
    _credited: dict[tuple[GrantId, str | None], int] = Factory(dict)

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
        if line.credit is LedgerAccount.WALLET and line.type == CLAWBACK:
            self._read_given_back(line)
        if line.credit is LedgerAccount.WALLET:
            self._seals.update({part.grant_id: part.seal for part in line.allocations})
        moved = self._received if line.credit is LedgerAccount.WALLET else self._drawn
        for allocation in line.allocations:
            moved[allocation.grant_id] = moved.get(allocation.grant_id, 0) + allocation.amount
        if line.credit is LedgerAccount.WALLET and line.type != CLAWBACK and line.allocations:
            lot = line.allocations[0].grant_id
            # Usage is refunded into lots that were there before, or makes one for its own cause.
            name = (lot, line.cause) if line.type == USAGE_REFUND else (lot, None)
            self._credited[name] = self._credited.get(name, 0) + line.amount
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
        self._expect(0, "held_is_what_holds_hold", wallet.held, sum(h.amount for h in wallet.holds))
        pins: dict[GrantId, int] = {}
        for pin in (pin for hold in wallet.holds for pin in hold.pins):
            pins[pin.grant_id] = pins.get(pin.grant_id, 0) + pin.amount
        known: set[GrantId] = {OVERDRAFT}
        remaining = 0
        for grant in grants:
            known.add(grant.id)
            is_refund = grant.source is GrantSource.USAGE_REFUND
            name = (grant.id, grant.cause if is_refund else None)
            credited = self._credited.get(name, 0)
            left = self._received.get(grant.id, 0) - self._drawn.get(grant.id, 0)
            self._expect(0, "grant_is_posted_whole", credited, grant.amount * grant.is_posted)
            expected = left if grant.is_posted else grant.amount
            self._expect(0, "grant_is_drawn_exactly", grant.remaining, expected)
            if grant.is_posted:
                self._expect(0, "grant_keeps_its_terms", lot_seal(grant), self._seals.get(grant.id))
            self._close_time(wallet, grant)
            remaining += grant.remaining * grant.is_posted
            self._expect(0, "pins_are_what_holds_hold", grant.pinned, pins.pop(grant.id, 0))
            if not 0 <= grant.pinned <= grant.remaining <= grant.amount:
                self._fault(0, "grant_keeps_its_bounds", f"{grant.id}: {grant.remaining}")
        self._expect(0, "grants_make_the_balance", remaining - wallet.overdrawn, wallet.posted)
        for stray in sorted(pins):
            self._fault(0, "pins_name_a_grant", stray)
        for stray in sorted((self._received.keys() | self._drawn.keys()) - known):
            self._fault(0, "allocations_name_a_grant", stray)

    def _close_time(self, wallet: Wallet, grant: Grant) -> None:
        """Check that a lot stood still within the time there was for it, which its seal leaves out.

        It is frozen once it counts, and freed no later than at the wallet's last instant.
        """
        until = grant.frozen_at or wallet.last_at or grant.effective_at
        most = max(_NO_TIME, until - grant.effective_at) if grant.is_posted else _NO_TIME
        if not _NO_TIME <= grant.stood_still <= most:
            self._fault(0, "grant_stood_still_in_its_time", f"{grant.id}: {grant.stood_still}")

    def cannot_read(self, seq: int, why: str) -> None:
        """Note where rows are no ledger's at all; what lies behind them is not judged."""
        self._fault(seq, "rows_can_be_read", why)

    def sums_differ(self, seq: int, why: str) -> None:
        """Note that what is kept of the lines up to this one is not what they add up to."""
        self._fault(seq, "kept_sums_add_up", why)

    def _read_given_back(self, line: Transaction) -> None:
        """Count lots that a claim's end has made: for credits that fit into no earlier one."""
        for part in line.allocations:
            if part.grant_id != OVERDRAFT and part.grant_id not in self._received:
                self._credited[part.grant_id, None] = part.amount

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
