"""An account's wallet in a unit of work: lots granted, each once, and whatever else is done."""

from __future__ import annotations

from datetime import datetime

from attrs import Factory, define, field

from application.ports.credits import KeyedReceipt
from application.ports.idempotency import Caller, RequestKey
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from application.wallets.receipts import receipt_of
from application.wallets.wallet_saving import save_wallet
from application.worked_on import note
from domain.credits.grant import CATEGORY_OF, GrantSource, GrantTerms
from domain.credits.ids import AccountId, GrantId
from domain.credits.posting import Posting
from domain.credits.transaction import TransactionText
from domain.credits.wallet import Wallet
from domain.promotions.redemption import Redemption


@define(kw_only=True)
class Granting:
    """What one unit of work does to one account's wallet, collected and then written together."""

    work: UnitOfWork
    now: datetime
    new_id: NewId
    posting: Posting
    receipts: list[KeyedReceipt] = Factory(list)
    _taken: Wallet = field(init=False)

    @_taken.default
    def _as_taken(self) -> Wallet:
        return self.posting.wallet

    async def once(self, purpose: str, terms: GrantTerms, description: str) -> bool:
        """Grant a lot unless one was ever granted for this purpose; say whether it was new."""
        account_id = self.posting.wallet.account_id
        key = RequestKey(owner=account_id, caller=Caller.SYSTEM, key=purpose, fingerprint=purpose)
        if await self.work.wallets.receipt(key) is not None:
            return False
        grant_id = GrantId(self.new_id())
        granted = self.posting.wallet.grant(
            terms,
            grant_id=grant_id,
            text=TransactionText(salt=self.new_id(), description=description),
            now=self.now,
            new_id=self.new_id,
        )
        receipt = receipt_of(granted, grant_id=grant_id)
        self.posting = self.posting.then(granted)
        self.receipts.append(KeyedReceipt(key=key, receipt=receipt, is_kept_for_ever=True))
        return True

    async def save(self) -> None:
        """Write what was done, if anything was. At most once."""
        if self.posting.wallet is not self._taken or self.posting.grants:
            await save_wallet(
                self.work, self._taken, self.posting, self.now, self.new_id, self.receipts
            )


async def begin_granting(
    work: UnitOfWork, account_id: AccountId, now: datetime, new_id: NewId
) -> Granting:
    """Take the account's wallet, before any later lock, to grant to it in this unit of work."""
    note("account_id", account_id)
    wallet = await work.wallets.take(account_id)
    return Granting(work=work, now=now, new_id=new_id, posting=Posting(wallet=wallet))


async def grant_bonus(granting: Granting, use: Redemption, cause: str) -> None:
    """Grant the credits that a coupon's use brings, once, as the coupon said when it was used."""
    benefit = use.benefit
    terms = GrantTerms(
        amount=benefit.bonus_credits,
        source=GrantSource.COUPON,
        category=CATEGORY_OF[GrantSource.COUPON],
        expires_at=benefit.lot.expires_at(granting.now),
        cause=cause,
        scope=benefit.lot.scope,
    )
    await granting.once(use.cause, terms, f"Bonus: code {use.code}")
