"""Keep an account's e-mail address and zone."""

from __future__ import annotations

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.account import Account
from domain.access.errors import AccountNotFound
from domain.credits.ids import AccountId


@frozen(kw_only=True)
class KeepAccount:
    """Set the whole profile: what is None is cleared."""

    account_id: AccountId
    email: str | None
    zone: str | None


@frozen(kw_only=True)
class KeepingAccount:
    """Write the profile. Refusals: InvalidField, ZoneChangedLately."""

    begin: BeginWork
    clock: Clock

    async def __call__(self, command: KeepAccount) -> Account:
        async with self.begin() as work:
            now = self.clock()
            before = await work.accounts.take(Account(id=command.account_id, created_at=now))
            account = before.with_email(command.email).with_zone(command.zone, now)
            await work.accounts.save(account)
            await work.commit()
        return account


@frozen(kw_only=True)
class NoteProfile:
    """What a user's own token says about them; what is None there says nothing."""

    account_id: AccountId
    email: str | None
    zone: str | None


@frozen(kw_only=True)
class NotingProfile:
    """Take up e-mail and zone from a token, where they are new; refuse nothing.

    A zone that may not change yet, or an address that is none, is left as it is: signing in must
    not fail for it.
    """

    begin: BeginWork
    read: BeginRead
    clock: Clock

    async def __call__(self, command: NoteProfile) -> None:
        async with self.read() as work:
            known = await work.accounts.find(command.account_id)
        if known is not None and self._noted(known, command) == known:
            return
        async with self.begin() as work:
            blank = Account(id=command.account_id, created_at=self.clock())
            before = await work.accounts.take(blank)
            after = self._noted(before, command)
            if after != before:
                await work.accounts.save(after)
                await work.commit()

    def _noted(self, account: Account, command: NoteProfile) -> Account:
        noted = account
        if command.email is not None:
            noted = noted.with_email_if_valid(command.email)
        if command.zone is not None:
            noted = noted.with_zone_if_allowed(command.zone, self.clock())
        return noted


@frozen(kw_only=True)
class ReadAccount:
    """Ask for one account's profile."""

    account_id: AccountId


@frozen(kw_only=True)
class ReadingAccount:
    """Return the profile. Refusals: AccountNotFound."""

    read: BeginRead

    async def __call__(self, command: ReadAccount) -> Account:
        async with self.read() as work:
            account = await work.accounts.find(command.account_id)
        if account is None:
            raise AccountNotFound(account_id=command.account_id)
        return account
