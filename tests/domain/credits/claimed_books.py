"""A wallet whose lots were paid for, and what becomes of it as that money goes back and forth."""

from datetime import datetime, timedelta

from attrs import Factory, define, evolve

from domain.credits.claw_back import Claim, ClaimsSettled, PaidLot, Shortfall, settle_claims
from domain.credits.grant import Grant, GrantSource, Rollover
from domain.credits.ids import GrantId
from domain.credits.posting import Posting
from domain.credits.proof import WalletProof
from domain.credits.transaction import AI_USAGE, CLAWBACK, EXPIRATION, Transaction
from domain.credits.usage_refund import refund_cause, refund_usage
from domain.credits.wallet import Wallet
from domain.money import share
from tests.support.builders.credits import SOMEBODY, a_text, grant_terms
from tests.support.clock import NOON, CountedIds


def money_back(cause: str) -> str:
    """Return what the lines of a claim name: what took the money back, and not what was bought."""
    return f"refund of {cause}"


@define
class Paid:
    """What is known of a payment: how much of it has gone back, and what was claimed for that."""

    whole: int
    part: int = 0
    is_disputed: bool = False
    claims: tuple[Claim, ...] = ()

    @property
    def taken(self) -> int:
        """What went out of the wallet for it, what is owed included."""
        return sum(claim.taken + claim.owed for claim in self.claims)

    @property
    def forgiven(self) -> int:
        return sum(claim.forgiven for claim in self.claims)

    @property
    def lapsed(self) -> int:
        return sum(claim.lapsed for claim in self.claims)


@define(kw_only=True)
class Books:
    """Everything one wallet ever wrote, and the payments behind its lots by their causes."""

    shortfall: Shortfall = Shortfall.OWE
    new_id: CountedIds = Factory(CountedIds)
    now: datetime = NOON
    written: Posting = Factory(lambda: Posting(wallet=Wallet(account_id=SOMEBODY)))
    payments: dict[str, Paid] = Factory(dict)

    @property
    def wallet(self) -> Wallet:
        return self.written.wallet

    @property
    def balance(self) -> int:
        return self.wallet.balance(self.now)

    @property
    def available(self) -> int:
        return self.wallet.available(self.now)

    def lot(self, cause: str, place: int = 0) -> Grant:
        """Return a lot as it stands now, used up or not."""
        return [grant for grant in self.written.grants if grant.cause == cause][place]

    def passes(self, *, days: float = 0, hours: float = 0) -> None:
        self.now += timedelta(days=days, hours=hours)

    def grants(
        self,
        amount: int,
        cause: str = "order:1",
        *,
        paid: int | None = None,
        days: float | None = None,
        priority: int = 10,
        rollover: Rollover | None = None,
    ) -> None:
        """Grant a lot, for a payment of as much money unless said otherwise."""
        self.payments.setdefault(cause, Paid(paid or amount))
        terms = grant_terms(
            amount=amount,
            source=GrantSource.PURCHASE,
            priority=priority,
            expires_at=None if days is None else self.wallet.at(self.now) + timedelta(days=days),
            cause=cause,
        )
        self._write(
            self.wallet.grant(
                evolve(terms, rollover=rollover),
                grant_id=GrantId(self.new_id()),
                text=a_text(),
                now=self.now,
                new_id=self.new_id,
            )
        )

    def spends(self, amount: int) -> None:
        """Spend as much, or what is available of it."""
        there = min(amount, self.available)
        if there and not self.wallet.is_frozen:
            self._write(
                self.wallet.spend(
                    there, type=AI_USAGE, text=a_text(), now=self.now, new_id=self.new_id
                )
            )

    def pays_usage_back(self, amount: int | None = None) -> None:
        """Pay back what the last spend charged, into the lots that had paid for it."""
        spends = [line for line in self.written.transactions if line.type == AI_USAGE]
        before = 0 if not spends else self._paid_back(spends[-1])
        if not spends or before == spends[-1].amount:
            return
        left = spends[-1].amount - before
        self._write(
            refund_usage(
                self.wallet,
                spends[-1],
                {grant.id: grant for grant in self.written.grants},
                refunded=before,
                amount=None if amount is None else min(amount, left),
                text=a_text(),
                now=self.now,
                new_id=self.new_id,
            )
        )

    def sweeps(self) -> None:
        self._write(self.wallet.settle(self.now, self.new_id))

    def goes_back(
        self, part: int, cause: str = "order:1", *, is_disputed: bool | None = None
    ) -> ClaimsSettled:
        """Let so much of a payment have gone back in all, and settle its lots."""
        payment = self.payments[cause]
        payment.part = part
        if is_disputed is not None:
            payment.is_disputed = is_disputed
        claims = {claim.grant_id: claim for claim in payment.claims}
        settled = settle_claims(
            Posting(wallet=self.wallet),
            [
                PaidLot(
                    grant=grant,
                    expired=self._expired(grant.id),
                    claim=claims.get(grant.id, Claim(grant_id=grant.id)),
                )
                for grant in self.written.grants
                if grant.cause == cause
            ],
            gone=(part, payment.whole),
            is_disputed=payment.is_disputed,
            shortfall=self.shortfall,
            cause=money_back(cause),
            description="",
            now=self.now,
            new_id=self.new_id,
        )
        payment.claims = settled.claims
        self._write(settled.posting)
        return settled

    def is_proved(self) -> bool:
        """Say whether the whole ledger keeps every rule."""
        whole = self.written.then(self.wallet.settle(self.now, self.new_id))
        proof = WalletProof(account_id=SOMEBODY)
        for line in whole.transactions:
            proof.read(line)
        proof.close(whole.wallet, whole.grants)
        assert proof.breaches == []
        return True

    def agree(self) -> None:
        """Check that what was claimed is what was due, and that it is what the ledger moved."""
        for cause, payment in self.payments.items():
            claimed = {claim.grant_id: claim for claim in payment.claims}
            for grant in self.written.grants:
                if grant.cause == cause:
                    claim = claimed.get(grant.id, Claim(grant_id=grant.id))
                    gone = claim.taken + claim.owed + claim.forgiven + claim.lapsed
                    assert gone <= grant.amount
                    assert 0 <= grant.remaining <= grant.amount
        moved = -sum(line.signed for line in self.written.transactions if line.type == CLAWBACK)
        assert moved == sum(payment.taken for payment in self.payments.values())

    def is_settled(self, cause: str) -> bool:
        """Say whether of every lot of a payment the share that has gone back is claimed."""
        payment = self.payments[cause]
        claimed = {claim.grant_id: claim.amount for claim in payment.claims}
        return all(
            claimed.get(grant.id, 0) == share(grant.amount, payment.part, payment.whole)
            for grant in self.written.grants
            if grant.cause == cause
        )

    def _write(self, posting: Posting) -> None:
        self.written = self.written.then(posting)

    def _paid_back(self, line: Transaction) -> int:
        cause = refund_cause(line.id)
        return sum(each.amount for each in self.written.transactions if each.cause == cause)

    def _expired(self, grant_id: GrantId) -> int:
        return sum(
            part.amount
            for line in self.written.transactions
            if line.type == EXPIRATION
            for part in line.allocations
            if part.grant_id == grant_id
        )
