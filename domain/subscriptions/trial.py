"""One trial for one customer and one plan group, for ever: who has had theirs, and how to tell."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from attrs import evolve, frozen

from domain.credits.ids import AccountId

# Providers that deliver `ada.l+shop@` and `adal@` to one and the same person.
_WITHOUT_DOTS = frozenset({"gmail.com", "googlemail.com"})


@frozen(kw_only=True)
class TrialClaim:
    """A trial of a plan group that an account has had, or has been promised.

    `holder` is what it is found by: the account, or the digest of its e-mail address. It was only
    promised while `promised_until` is said: a checkout that is never completed gives it back.
    """

    group: str
    holder: str
    account_id: AccountId
    promised_until: datetime | None

    def leaves_room_for(self, account_id: AccountId, now: datetime) -> bool:
        """Say whether an account may be promised what this claim holds."""
        if self.promised_until is None:
            return False
        return self.account_id == account_id or self.promised_until <= now

    def begun(self) -> TrialClaim:
        """Return the claim for ever."""
        return evolve(self, promised_until=None)


def holder_of_account(account_id: AccountId) -> str:
    """Return what the trials of an account are found by."""
    return f"account:{account_id}"


def holder_of_email(email: str, key: str) -> str:
    """Return what the trials of an e-mail address are found by.

    A keyed hash of the address without its aliases: whoever reads the store learns no address
    from it, and cannot find one out by trying without the key.
    """
    digest = hmac.new(
        key.encode(), unaliased(email).encode("utf-8", "surrogatepass"), hashlib.sha256
    )
    return f"email:{digest.hexdigest()}"


def unaliased(email: str) -> str:
    """Return an address as all its aliases are: in lower case, without a `+` part.

    Where a provider is known to ignore dots, they are left out, too.
    """
    name, _, domain = email.strip().casefold().rpartition("@")
    name = name.partition("+")[0] or name
    if domain in _WITHOUT_DOTS:
        name, domain = name.replace(".", "") or name, "gmail.com"
    return f"{name}@{domain}"
