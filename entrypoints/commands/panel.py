"""What `billing up` shows when it is ready: where everything is, and what to type first."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from attrs import field, frozen
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from entrypoints.settings import Settings


@frozen(kw_only=True)
class Access:
    """Credentials that work: of a customer of the demo world, of an owner, of a backend."""

    account_id: str
    user_token: str = field(repr=False)
    owner_token: str = field(repr=False)
    api_key: str = field(repr=False)


def show_panel(console: Console, settings: Settings, access: Access, note: str | None) -> None:
    """Print the panel, with a note on the store if there is one.

    Commands stand alone on their lines, so that they can be copied.
    """
    url = settings.public_url
    places = Table.grid(padding=(0, 2))
    for name, place in (
        ("documentation", f"{url}/docs"),
        ("console", f"{url}/console"),
        ("OpenAPI", f"{url}/openapi.json"),
        ("health", f"{url}/healthz"),
        ("readiness", f"{url}/readyz"),
        ("store", settings.store_kind.value),
        ("channels", ", ".join(settings.channels)),
    ):
        places.add_row(name, place)
    console.print()
    console.print(Panel(places, title=f"billing is ready at {url}", expand=False, padding=(1, 2)))
    if note is not None:
        console.print(f"Note: {note}", style="dim", markup=False, highlight=False)
    for title, command in _commands(settings, access):
        console.print(f"\n{title}", style="bold", markup=False, highlight=False)
        console.print(command, soft_wrap=True, markup=False, highlight=False)
    console.print(
        "\nThe whole story, from an empty account to a proved ledger, in a second shell:",
        style="bold",
        highlight=False,
    )
    console.print("docs/story.sh", highlight=False)
    console.print(
        "\nTokens for other accounts: billing token --subject ID. Stop with Ctrl-C.\n",
        highlight=False,
    )


def _commands(settings: Settings, access: Access) -> Iterator[tuple[str, str]]:
    url = settings.public_url
    yield "What is on sale", f"curl {url}/subscription/plans"
    yield (
        f"What {access.account_id}, a customer of the demo world, holds (a user's token)",
        _curl(access.user_token, f"{url}/credits/balance"),
    )
    yield (
        "Where the credits went",
        _curl(access.user_token, f"{url}/credits/transactions?limit=5"),
    )
    yield (
        "Spend 50 credits, once however often it is sent (the backend's API key)",
        _curl(
            access.api_key,
            f"{url}/credits/spend",
            body=f'{{"account_id": "{access.account_id}", "amount": 50}}',
            key="first-spend",
        ),
    )
    if settings.customers.has_page:
        yield (
            f"The customer page of {access.account_id}, signed in (open it in a browser)",
            f"{url}/billing#token={access.user_token}",
        )
    yield "Sign in to the console (an owner's token)", access.owner_token
    yield (
        "What was ordered lately, by anybody (an owner's token)",
        _curl(access.owner_token, f"{url}/admin/orders?limit=5"),
    )


def _curl(credential: str, url: str, *, body: str | None = None, key: str | None = None) -> str:
    headers = [f"Authorization: Bearer {credential}"]
    if body is not None:
        headers.append("Content-Type: application/json")
    if key is not None:
        headers.append(f"Idempotency-Key: {key}")
    parts = ["curl", *(part for header in headers for part in ("-H", quote(header)))]
    if body is not None:
        parts += ("-d", quote(body))
    return " ".join((*parts, quote(url)))
