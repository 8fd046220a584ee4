"""What an account may owe, and when somebody wants to be told that it runs low: for admins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.credits.limit_account import (
    ReadAlerts,
    ReadingAlerts,
    SetAlerts,
    SetOverdraft,
    SettingAlerts,
    SettingOverdraft,
)
from domain.access.role import Right
from domain.credits.ids import AccountId
from domain.credits.low_balance import THRESHOLDS_MAX, Threshold
from domain.credits.standing import Standing
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import (
    AccountIdText,
    Amount,
    AuditReason,
    Balance,
    Credits,
    account_id_of,
)
from entrypoints.http.wire import read, reply

OverdraftLimit = Annotated[
    Credits, Meta(description="How much it may owe: 0 for nothing; null for any amount.")
]
Percent = Annotated[
    int,
    Meta(ge=1, le=99, description="A share of what was available after credits last came in."),
]


@frozen(kw_only=True)
class OverdraftBody:
    """How far an account may go below zero, and why."""

    limit: OverdraftLimit | None
    reason: AuditReason


@frozen(kw_only=True, slots=False)
class AccountOverdraftView:
    """How much an account may owe, how much it does, and what it holds."""

    account_id: AccountIdText
    limit: OverdraftLimit | None
    used: Credits
    balance: Balance
    available: Credits

    @classmethod
    def of(cls, account_id: AccountId, stand: Standing) -> AccountOverdraftView:
        """Return the account's overdraft as an admin sees it."""
        return cls(
            account_id=account_id,
            limit=stand.overdraft_max,
            used=stand.owed,
            balance=stand.balance,
            available=stand.available,
        )


@frozen(kw_only=True)
class ThresholdBody:
    """A level of available credits: either `amount` or `percent`."""

    amount: Amount | None = None
    percent: Percent | None = None

    def threshold(self) -> Threshold:
        """Return the threshold in the domain's words. Raises InvalidField."""
        return Threshold(amount=self.amount, percent=self.percent)


@frozen(kw_only=True)
class AlertsBody:
    """All thresholds of an account; those it had are replaced."""

    thresholds: Annotated[tuple[ThresholdBody, ...], Meta(max_length=THRESHOLDS_MAX)]


@frozen(kw_only=True, slots=False)
class ThresholdView:
    """A level of available credits. It is armed unless the account is below it by now."""

    amount: Amount | None
    percent: Percent | None
    armed: bool

    @classmethod
    def of(cls, threshold: Threshold) -> ThresholdView:
        """Return the threshold as it is shown."""
        return cls(amount=threshold.amount, percent=threshold.percent, armed=threshold.is_armed)


@frozen(kw_only=True, slots=False)
class AlertsView:
    """The thresholds that an account is watched by."""

    account_id: AccountIdText
    thresholds: tuple[ThresholdView, ...]

    @classmethod
    def of(cls, account_id: AccountId, thresholds: Sequence[Threshold]) -> AlertsView:
        """Return the thresholds as an admin sees them."""
        shown = tuple(ThresholdView.of(threshold) for threshold in thresholds)
        return cls(account_id=account_id, thresholds=shown)


@frozen(kw_only=True)
class AdminLimitsApi:
    """Overdrafts and thresholds of accounts, for admins."""

    set_overdraft: SettingOverdraft
    set_alerts: SettingAlerts
    read_alerts: ReadingAlerts

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about what bounds an account."""
        return (
            Endpoint(
                method="PUT",
                path="/admin/accounts/{id}/overdraft",
                handler=self.put_overdraft,
                policy=Admin(Right.CREDIT),
                tag="Admin: credits",
                summary="Say how much an account may owe",
                description=(
                    "The id is the product's own. Spending then goes below zero down to the limit, "
                    "and whatever comes in fills that hole first. What is owed already stays owed."
                ),
                body=OverdraftBody,
                response=AccountOverdraftView,
                example={"limit": 1000, "reason": "Pays by invoice at the end of the month"},
            ),
            Endpoint(
                method="GET",
                path="/admin/accounts/{id}/alerts",
                handler=self.get_alerts,
                policy=Admin(Right.READ),
                tag="Admin: credits",
                summary="Read below which levels an account counts as low",
                response=AlertsView,
            ),
            Endpoint(
                method="PUT",
                path="/admin/accounts/{id}/alerts",
                handler=self.put_alerts,
                policy=Admin(Right.CREDIT),
                tag="Admin: credits",
                summary="Say below which levels an account counts as low",
                description=(
                    f"At most {THRESHOLDS_MAX}; an empty list for none. Each fires once, and again "
                    "only after the account has recovered."
                ),
                body=AlertsBody,
                response=AlertsView,
                example={"thresholds": [{"amount": 500}, {"percent": 20}]},
            ),
        )

    async def put_overdraft(self, request: web.Request) -> web.Response:
        """Change what an account may owe."""
        body = await read(request, OverdraftBody)
        account_id = _account_of_path(request)
        stand = await self.set_overdraft(
            SetOverdraft(
                account_id=account_id,
                limit=body.limit,
                reason=body.reason,
                actor=actor_of(request),
            )
        )
        return reply(AccountOverdraftView.of(account_id, stand))

    async def get_alerts(self, request: web.Request) -> web.Response:
        """Answer an account's thresholds."""
        account_id = _account_of_path(request)
        thresholds = await self.read_alerts(ReadAlerts(account_id=account_id))
        return reply(AlertsView.of(account_id, thresholds))

    async def put_alerts(self, request: web.Request) -> web.Response:
        """Replace an account's thresholds."""
        body = await read(request, AlertsBody)
        account_id = _account_of_path(request)
        command = SetAlerts(
            account_id=account_id,
            thresholds=[each.threshold() for each in body.thresholds],
            actor=actor_of(request),
        )
        return reply(AlertsView.of(account_id, await self.set_alerts(command)))


def _account_of_path(request: web.Request) -> AccountId:
    return account_id_of(request.match_info["id"], "id")
