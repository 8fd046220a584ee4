"""Debian's own Chromium, driven by Playwright: no browser is ever downloaded."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

_NAMES = ("chromium", "chromium-browser")
# CI runs as root in a container without a graphics card; nothing may be asked of anybody outside.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run one Chromium while the block is open. Without one, the run fails and says what to do."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.fail("there is no Chromium: install it (Debian: apt-get install chromium)")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=found, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()
