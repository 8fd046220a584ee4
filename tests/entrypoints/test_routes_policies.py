"""Who may call what: every endpoint against every kind of caller, judged by its policy alone."""

from collections.abc import Mapping

import pytest

from domain.access.role import Right, Role, Scope
from domain.credits.ids import AccountId
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import AccountHolder, Admin, Backend, Policy, Public, Signature
from tests.entrypoints.good_requests import World, name_of
from tests.support.app import SESSIONS
from tests.support.builders.credits import SOMEBODY
from tests.support.callers import Caller

ADMITTED = 200
"""Stands for every answer that is neither a 401 nor a 403: the caller got past the gate."""

# Written out once more, apart from the endpoints: a policy that is loosened by mistake fails here.
POLICIES: Mapping[str, Policy] = {
    "GET /credits/balance": AccountHolder(Scope.CREDITS_READ),
    "GET /credits/transactions": AccountHolder(Scope.CREDITS_READ),
    "POST /credits/spend/batch": Backend(Scope.CREDITS_SPEND),
    "POST /credits/holds": Backend(Scope.CREDITS_SPEND),
    "POST /credits/holds/{id}/extend": Backend(Scope.CREDITS_SPEND),
    "POST /credits/holds/{id}/capture": Backend(Scope.CREDITS_SPEND),
    "POST /credits/holds/{id}/release": Backend(Scope.CREDITS_SPEND),
    "GET /credits/holds": AccountHolder(Scope.CREDITS_READ),
    "GET /credits/holds/{id}": AccountHolder(Scope.CREDITS_READ),
    "POST /credits/transactions/{id}/refund": Backend(Scope.CREDITS_SPEND),
    "GET /credits/grants": AccountHolder(Scope.CREDITS_READ),
    "GET /admin/credits/grants": Admin(Right.READ),
    "POST /admin/credits/grants": Admin(Right.CREDIT),
    "POST /admin/credits/grants/{id}/void": Admin(Right.CREDIT),
    "PUT /admin/accounts/{id}/overdraft": Admin(Right.CREDIT),
    "GET /admin/accounts/{id}/alerts": Admin(Right.READ),
    "PUT /admin/accounts/{id}/alerts": Admin(Right.CREDIT),
    "GET /credits/explain": AccountHolder(Scope.CREDITS_READ),
    "GET /credits/transactions/{id}/explain": AccountHolder(Scope.CREDITS_READ),
    "GET /admin/accounts/{id}/explain": Admin(Right.READ),
    "POST /credits/spend": Backend(Scope.CREDITS_SPEND),
    "POST /credits/estimate": AccountHolder(Scope.CREDITS_SPEND),
    "POST /credits/grants": Backend(Scope.CREDITS_GRANT),
    "GET /orders": AccountHolder(Scope.ORDERS_READ),
    "GET /orders/{id}": AccountHolder(Scope.ORDERS_READ),
    "GET /orders/{id}/receipt": AccountHolder(Scope.ORDERS_READ),
    "GET /": Public(),
    "GET /subscription/plans": Public(),
    "GET /subscription": AccountHolder(Scope.ORDERS_READ),
    "GET /credits/packs": Public(),
    "POST /checkin": AccountHolder(Scope.CHECKIN_CREATE),
    "GET /checkin/status": AccountHolder(Scope.CHECKIN_CREATE),
    "GET /checkin/calendar": AccountHolder(Scope.CHECKIN_CREATE),
    "POST /payment/create-session": AccountHolder(Scope.CHECKOUT_CREATE),
    "POST /payment/confirm": AccountHolder(Scope.ORDERS_READ),
    "POST /coupons/preview": AccountHolder(Scope.CHECKOUT_CREATE),
    "POST /coupons/redeem": AccountHolder(Scope.CHECKOUT_CREATE),
    "POST /subscription/portal": AccountHolder(Scope.CHECKOUT_CREATE),
    "POST /subscription/cancel": AccountHolder(Scope.CHECKOUT_CREATE),
    "POST /subscription/resume": AccountHolder(Scope.CHECKOUT_CREATE),
    "POST /subscription/pause": AccountHolder(Scope.CHECKOUT_CREATE),
    "POST /subscription/preview": AccountHolder(Scope.CHECKOUT_CREATE),
    "POST /subscription/change": AccountHolder(Scope.CHECKOUT_CREATE),
    "POST /payment/webhook/{channel}": Signature(),
    "POST /sessions": Backend(Scope.SESSIONS_CREATE),
    "GET /accounts/{id}": Backend(Scope.ACCOUNTS_WRITE),
    "PUT /accounts/{id}": Backend(Scope.ACCOUNTS_WRITE),
    "GET /admin/overview": Admin(Right.READ),
    "GET /admin/billing/plans": Admin(Right.READ),
    "POST /admin/billing/plans": Admin(Right.SELL),
    "PUT /admin/billing/plans/{id}": Admin(Right.SELL),
    "GET /admin/billing/packs": Admin(Right.READ),
    "POST /admin/billing/packs": Admin(Right.SELL),
    "PUT /admin/billing/packs/{id}": Admin(Right.SELL),
    "GET /admin/billing/coupons": Admin(Right.READ),
    "POST /admin/billing/coupons": Admin(Right.SELL),
    "GET /admin/billing/coupons/{id}": Admin(Right.READ),
    "PUT /admin/billing/coupons/{id}": Admin(Right.SELL),
    "GET /admin/billing/coupons/{id}/redemptions": Admin(Right.READ),
    "POST /admin/billing/coupons/{id}/check": Admin(Right.READ),
    "POST /admin/billing/coupons/{id}/archive": Admin(Right.SELL),
    "POST /admin/billing/coupons/{id}/unarchive": Admin(Right.SELL),
    "POST /admin/billing/coupons/{id}/codes": Admin(Right.SELL),
    "GET /admin/billing/coupons/{id}/codes": Admin(Right.READ),
    "GET /admin/billing/coupons/{id}/codes.csv": Admin(Right.READ),
    "POST /admin/billing/coupons/{id}/codes/disable": Admin(Right.SELL),
    "POST /admin/billing/coupons/{id}/codes/enable": Admin(Right.SELL),
    "GET /admin/credits/transactions": Admin(Right.READ),
    "GET /admin/rates": Admin(Right.READ),
    "GET /admin/rates/current": Admin(Right.READ),
    "GET /admin/rates/{version}": Admin(Right.READ),
    "GET /admin/rates/{version}/export": Admin(Right.READ),
    "POST /admin/rates": Admin(Right.CREDIT),
    "GET /admin/orders": Admin(Right.READ),
    "GET /admin/orders/{id}": Admin(Right.READ),
    "GET /admin/orders/{id}/receipt": Admin(Right.READ),
    "POST /admin/orders/{id}/refund": Admin(Right.CREDIT),
    "POST /admin/orders/{id}/settle": Admin(Right.CREDIT),
    "GET /admin/disputes": Admin(Right.READ),
    "POST /admin/disputes/{id}/resolve": Admin(Right.CREDIT),
    "GET /admin/accounts/{id}/export": Admin(Right.CREDIT),
    "POST /admin/accounts/{id}/erase": Admin(Right.OWN),
    "POST /admin/import/balances": Admin(Right.OWN),
    "POST /admin/import/subscribers": Admin(Right.OWN),
    "POST /admin/accounts/{id}/freeze": Admin(Right.CREDIT),
    "POST /admin/accounts/{id}/unfreeze": Admin(Right.CREDIT),
    "GET /admin/subscriptions": Admin(Right.READ),
    "GET /admin/subscriptions/{id}": Admin(Right.READ),
    "POST /admin/subscriptions/comp": Admin(Right.CREDIT),
    "POST /admin/subscriptions/{id}/cancel": Admin(Right.CREDIT),
    "POST /admin/subscriptions/{id}/resume": Admin(Right.CREDIT),
    "POST /admin/subscriptions/{id}/pause": Admin(Right.CREDIT),
    "POST /admin/subscriptions/{id}/preview": Admin(Right.CREDIT),
    "GET /admin/billing/plans/{id}/versions": Admin(Right.READ),
    "POST /admin/billing/plans/{id}/migrate": Admin(Right.CREDIT),
    "POST /admin/subscriptions/{id}/change": Admin(Right.CREDIT),
    "GET /admin/webhooks": Admin(Right.READ),
    "GET /admin/webhooks/{id}": Admin(Right.READ),
    "POST /admin/webhooks/{id}/replay": Admin(Right.CREDIT),
    "POST /admin/webhooks/replay": Admin(Right.CREDIT),
    "POST /admin/reconcile": Admin(Right.OWN),
    "GET /admin/prices": Admin(Right.READ),
    "GET /admin/reconciliations": Admin(Right.READ),
    "GET /admin/reconciliations/{id}": Admin(Right.READ),
    "POST /admin/credits/manual": Admin(Right.CREDIT),
    "GET /admin/endpoints": Admin(Right.READ),
    "POST /admin/endpoints": Admin(Right.OWN),
    "GET /admin/endpoints/{id}": Admin(Right.READ),
    "PUT /admin/endpoints/{id}": Admin(Right.OWN),
    "DELETE /admin/endpoints/{id}": Admin(Right.OWN),
    "POST /admin/endpoints/{id}/enable": Admin(Right.OWN),
    "POST /admin/endpoints/{id}/disable": Admin(Right.OWN),
    "POST /admin/endpoints/{id}/rotate": Admin(Right.OWN),
    "POST /admin/endpoints/{id}/test": Admin(Right.OWN),
    "GET /admin/events": Admin(Right.READ),
    "GET /admin/events/{id}": Admin(Right.READ),
    "POST /admin/events/{id}/redeliver": Admin(Right.CREDIT),
    "POST /admin/events/redeliver": Admin(Right.CREDIT),
    "GET /admin/checkin/config": Admin(Right.READ),
    "PUT /admin/checkin/config": Admin(Right.SELL),
    "POST /admin/checkin/simulate": Admin(Right.READ),
    "GET /admin/health": Admin(Right.READ),
    "GET /admin/clock": Admin(Right.READ),
    "POST /admin/clock/advance": Admin(Right.OWN),
    "GET /admin/keys": Admin(Right.OWN),
    "POST /admin/keys": Admin(Right.OWN),
    "DELETE /admin/keys/{id}": Admin(Right.OWN),
    "POST /admin/verify": Admin(Right.OWN),
}

MAY: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.OPERATOR: frozenset({Right.READ, Right.SELL}),
    Role.TREASURER: frozenset({Right.READ, Right.CREDIT}),
    Role.OWNER: frozenset({Right.READ, Right.SELL, Right.CREDIT, Right.OWN}),
}


async def refusal_of(world: World, endpoint: Endpoint, caller: Caller) -> int:
    """Call an endpoint with nothing to say: only the gate can refuse that with a 401 or 403."""
    path = world.good[name_of(endpoint)].path
    answer = await caller.send(endpoint.method, path, key="k" if endpoint.body else None)
    return answer.status if answer.status in {401, 403} else ADMITTED


def scope_of(policy: Policy) -> Scope | None:
    return policy.scope if isinstance(policy, AccountHolder | Backend) else None


async def test_every_endpoint_has_the_policy_that_was_promised(world: World) -> None:
    assert {name_of(e): e.policy for e in world.service.endpoints} == POLICIES


@pytest.mark.parametrize(
    "credential",
    [None, "nonsense", "bk_unknown_secret", "e30.e30.", "bk_", "a.b.c"],
)
async def test_without_a_credential_that_counts_only_what_is_public_opens(
    world: World, credential: str | None
) -> None:
    caller = Caller(client=world.service.client, credential=credential)

    for endpoint in world.service.endpoints:
        policy = POLICIES[name_of(endpoint)]
        expected = ADMITTED if isinstance(policy, Public | Signature) else 401
        assert await refusal_of(world, endpoint, caller) == expected, name_of(endpoint)


@pytest.mark.parametrize("kind", ["login", "session"])
async def test_a_user_reaches_their_own_things_and_nothing_of_admins_or_backends(
    world: World, kind: str
) -> None:
    token, _ = SESSIONS.mint(AccountId(SOMEBODY), 600)
    user = world.service.as_user() if kind == "login" else world.service.bearing(token)

    for endpoint in world.service.endpoints:
        match POLICIES[name_of(endpoint)]:
            case Admin():
                expected = 401
            case Backend():
                expected = 403
            case _:
                expected = ADMITTED
        assert await refusal_of(world, endpoint, user) == expected, name_of(endpoint)


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_backend_reaches_what_its_scope_says_and_no_more(
    world: World, scope: Scope
) -> None:
    backend = await world.service.as_backend(scope)

    for endpoint in world.service.endpoints:
        policy = POLICIES[name_of(endpoint)]
        is_open = isinstance(policy, Public | Signature) or scope_of(policy) is scope
        expected = ADMITTED if is_open else 403
        assert await refusal_of(world, endpoint, backend) == expected, name_of(endpoint)


@pytest.mark.parametrize("role", list(Role))
async def test_an_admin_reaches_what_the_role_says_and_nothing_of_users(
    world: World, role: Role
) -> None:
    by_token = world.service.as_admin(role)
    by_key = await world.service.as_backend(role=role)

    for endpoint in world.service.endpoints:
        match POLICIES[name_of(endpoint)]:
            case Admin(right=right):
                token = key = ADMITTED if right in MAY[role] else 403
            case Public() | Signature():
                token = key = ADMITTED
            case _:
                token, key = 401, 403
        assert await refusal_of(world, endpoint, by_token) == token, name_of(endpoint)
        if endpoint.method != "DELETE":
            assert await refusal_of(world, endpoint, by_key) == key, name_of(endpoint)


async def test_what_the_gate_refuses_writes_nothing(world: World) -> None:
    before = world.service.kept()
    nobody = world.service.as_nobody()

    for endpoint in world.service.endpoints:
        if isinstance(POLICIES[name_of(endpoint)], Public | Signature):
            continue
        good = world.good[name_of(endpoint)]
        answer = await nobody.send(endpoint.method, good.path, good.body, key="k")
        assert (answer.status, answer.code) == (401, "unauthenticated"), name_of(endpoint)

    assert world.service.kept() == before


async def test_a_user_may_name_no_other_account_anywhere(world: World) -> None:
    before = world.service.kept()
    other = world.service.as_user("user-77")
    asked = 0

    for endpoint in world.service.endpoints:
        if not isinstance(POLICIES[name_of(endpoint)], AccountHolder):
            continue
        good = world.good[name_of(endpoint)]
        if endpoint.method == "GET":
            answer = await other.get(good.path, account_id=SOMEBODY)
        else:
            assert good.body is not None
            assert good.body["account_id"] == SOMEBODY
            answer = await other.post(good.path, good.body)
        assert (answer.status, answer.code) == (403, "other_account"), name_of(endpoint)
        asked += 1

    assert asked == 25
    assert world.service.kept() == before
