"""One service and one browser for the whole walk; a window of its own for each test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen
from playwright.async_api import (
    APIRequestContext,
    Browser,
    StorageState,
    async_playwright,
    expect,
)

from tests.browser.chromium import chromium
from tests.browser.visitor import DESK, HEIGHT, Visitor
from tests.support.command_line import billing, billing_up

# A machine that builds several things at once is slow, not wrong.
_WAIT_MS = 30_000
expect.set_options(timeout=_WAIT_MS)


@frozen(kw_only=True)
class Running:
    """The service as `billing up` runs it, on a file in a folder of its own."""

    url: str
    folder: Path

    async def token(self, *arguments: str) -> str:
        """Return a token, as the command line prints it."""
        ran = await billing(self.folder, "token", *arguments)
        assert ran.code == 0, ran.err
        return ran.out[-1]


@frozen(kw_only=True)
class Product:
    """The product that customers use: it calls the API with their tokens or as an owner."""

    running: Running
    requests: APIRequestContext
    numbers: Iterator[int] = field(factory=lambda: count(1))

    async def call(self, token: str, method: str, path: str, body: object = None) -> Any:
        """Return what a call answers. Fails if it is refused."""
        answer = await self.requests.fetch(
            self.running.url + path,
            method=method,
            headers={
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": f"browser-{next(self.numbers)}",
            },
            data=body,
        )
        assert answer.ok, (path, await answer.text())
        return (await answer.json())["data"]

    async def checkout(self, account_id: str, plan_id: str) -> str:
        """Return the address of the page where the account pays for a plan."""
        url = self.running.url
        opened = await self.call(
            await self.running.token("--subject", account_id),
            "POST",
            "/payment/create-session",
            {
                "channel": "sandbox",
                "type": "subscription",
                "plan_id": plan_id,
                "success_url": f"{url}/healthz",
                "cancel_url": f"{url}/healthz",
            },
        )
        address: str = opened["url"]
        return address


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The real service with a small demo world."""
    folder = tmp_path_factory.mktemp("browser")
    async with billing_up(folder, customers=6) as up:
        yield Running(url=up.url, folder=folder)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all windows."""
    async with chromium() as launched:
        yield launched


@pytest.fixture(scope="session")
async def product(running: Running) -> AsyncIterator[Product]:
    """The product's side of the story."""
    async with async_playwright() as driver:
        requests = await driver.request.new_context()
        yield Product(running=running, requests=requests)
        await requests.dispose()


@pytest.fixture(scope="session")
async def signed_in(running: Running, browser: Browser) -> StorageState:
    """What a browser keeps after an owner has signed in."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{running.url}/console/sign-in")
    await page.fill("[name=credential]", await running.token("--admin", "--role", "owner"))
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{running.url}/console")
    state = await context.storage_state()
    await context.close()
    return state


@pytest.fixture
async def owner(
    running: Running, browser: Browser, signed_in: StorageState
) -> AsyncIterator[Visitor]:
    """An owner at a desk. Whatever was noticed fails the test at its end."""
    async with _window(running, browser, signed_in) as visitor:
        yield visitor


@pytest.fixture
async def stranger(running: Running, browser: Browser) -> AsyncIterator[Visitor]:
    """Somebody who has not signed in."""
    async with _window(running, browser, None) as visitor:
        yield visitor


@asynccontextmanager
async def _window(
    running: Running, browser: Browser, state: StorageState | None
) -> AsyncIterator[Visitor]:
    context = await browser.new_context(
        storage_state=state, viewport={"width": DESK, "height": HEIGHT}
    )
    context.set_default_timeout(_WAIT_MS)
    visitor = Visitor(page=await context.new_page(), url=running.url)
    yield visitor
    await context.close()
    assert not visitor.faults, "\n".join(visitor.faults)
