"""The tables of the page on the API, held against the service itself."""

import importlib
import pkgutil
import re
from collections.abc import Sequence

import pytest

from domain.access.role import Right, Role, Scope
from domain.errors import BillingError
from entrypoints.container import Container
from entrypoints.http.docs import DocsApi
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.errors import INTERNAL_ERROR, status_of
from entrypoints.http.health import HealthApi
from entrypoints.http.policy import AccountHolder, Admin, Backend, Policy, Public, Signature
from entrypoints.settings import load_settings
from tests.docs.pages import ROOT, Row, as_rows, page, plain

API = page("api")

OURS = ("domain", "application", "adapters", "entrypoints")

SETTINGS = load_settings(
    {
        "BILLING_DATABASE_URL": "memory://",
        "BILLING_MODE": "test",
        "BILLING_CHANNELS": "sandbox",
        "BILLING_SANDBOX_WEBHOOK_SECRET": "of the sandbox",
    }
)


def every_endpoint() -> list[Endpoint]:
    container = Container(settings=SETTINGS)
    apis = (
        *container.apis(),
        HealthApi(readiness=container.readiness()),
        DocsApi(document=bytes),
    )
    return [endpoint for api in apis for endpoint in api.endpoints()]


def who_may(policy: Policy) -> str:
    match policy:
        case Public():
            return "anybody"
        case AccountHolder(scope=None):
            return "user"
        case AccountHolder(scope=Scope() as scope):
            return f"user, key `{scope.value}`"
        case Backend(scope=scope):
            return f"key `{scope.value}`"
        case Admin(right=right):
            return f"admin `{right.value}`"
        case Signature():
            return "the provider, by signature"
        case _:
            raise AssertionError(policy)


def row_of(endpoint: Endpoint) -> Row:
    return (
        endpoint.method,
        f"`{endpoint.path}`",
        who_may(endpoint.policy),
        endpoint.idempotency.value.replace("none", ""),
        endpoint.summary,
    )


def refusals_of_ours() -> list[type[BillingError]]:
    """Return every refusal that can be given, wherever it is written."""
    for name in OURS:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
    return [
        kind
        for kind in _all_below(BillingError)
        if hasattr(kind, "code") and kind.__module__.startswith(OURS)
    ]


def given_somewhere(refusals: Sequence[type[BillingError]]) -> set[str]:
    """Return the codes of those that some line of the service makes."""
    sources = [
        path.read_text(encoding="utf-8") for name in OURS for path in (ROOT / name).rglob("*.py")
    ]
    made = set(re.findall(r"(?<!class )\b([A-Z]\w+)\(", "\n".join(sources)))
    made |= set(re.findall(r"raise ([A-Z]\w+)", "\n".join(sources)))
    return {kind.code for kind in refusals if kind.__name__ in made}


def _all_below(kind: type[BillingError]) -> Sequence[type[BillingError]]:
    return [each for below in kind.__subclasses__() for each in (below, *_all_below(below))]


def test_every_endpoint_stands_in_the_table_as_it_is() -> None:
    said = API.table("method", "path", "who", "key", "what it does")

    expected = [row_of(e) for e in every_endpoint() if e.shape is not Shape.RAW]

    missing = [row for row in expected if row not in said]
    assert not missing, f"missing in docs/api.md:\n{as_rows(missing)}"
    stale = [row for row in said if row not in expected]
    assert not stale, f"no longer true in docs/api.md:\n{as_rows(stale)}"
    assert len(said) == len(expected)


def test_every_page_stands_in_the_table() -> None:
    said = {(method, plain(path)) for method, path, _ in API.table("method", "path", "page")}
    expected = {
        (e.method, re.sub(r"-\d[\w.]*\.js$", "-….js", e.path))
        for e in every_endpoint()
        if e.shape is Shape.RAW
    }

    assert said == expected


def test_every_code_is_explained_with_its_status() -> None:
    refusals = refusals_of_ours()
    answered = API.table("code", "status", "meaning", "what to do")
    inside = API.table("code", "what has happened", "what to do")

    said = {plain(row[0]): row[1] for row in answered}
    kept = {plain(row[0]) for row in inside}
    known = {kind.code: str(status_of(kind)) for kind in refusals} | {INTERNAL_ERROR: "500"}

    assert said.items() <= known.items(), said.items() - known.items()
    assert kept <= known.keys() - said.keys()
    missing = {code for code in given_somewhere(refusals) if code not in said.keys() | kept}
    assert not missing, f"missing in docs/api.md: {sorted(missing)}"
    assert len(said) + len(kept) == len(answered) + len(inside)


def test_no_endpoint_gives_a_code_that_is_said_to_stay_inside() -> None:
    kept = {plain(row[0]) for row in API.table("code", "what has happened", "what to do")}

    given = {refusal.code for endpoint in every_endpoint() for refusal in endpoint.refusals}

    assert not given & kept


@pytest.mark.parametrize("role", Role)
def test_roles_have_the_rights_of_the_table(role: Role) -> None:
    rows = API.table("role", *(f"`{right.value}`" for right in Right))

    said = {plain(row[0]): row[1 : len(Right) + 1] for row in rows}

    assert said[role.value] == tuple("yes" if role.may(right) else "" for right in Right)
    assert set(said) == {each.value for each in Role}


def test_every_scope_stands_in_the_table_with_what_it_opens() -> None:
    rows = API.table("scope", "opens")
    opened: dict[str, set[str]] = {scope.value: set() for scope in Scope}
    for endpoint in every_endpoint():
        if isinstance(endpoint.policy, AccountHolder | Backend) and endpoint.policy.scope:
            opened[endpoint.policy.scope.value].add(f"{endpoint.method} {endpoint.path}")

    said = {plain(row[0]): set(re.findall(r"`([A-Z]+ [^`]+)`", row[1])) for row in rows}

    assert said == opened
