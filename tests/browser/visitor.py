"""Somebody at the console with a real browser, who notices what a user should never meet.

Axe-core, which judges accessibility, comes inside its own package (MPL-2.0) and is only run here:
nothing of it is part of the service.
"""

import re
from collections.abc import Sequence
from typing import Any

from attrs import define, field
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import ConsoleMessage, Page, Request, expect

DESK, PHONE = 1280, 360
HEIGHT = 900
LOOKS = ((DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark"))
GRAVE = frozenset({"serious", "critical"})

# A form that was refused is a page of its own, which the browser reports as it reports anything.
_REFUSED = re.compile(r"Failed to load resource: .* status of 400")
_OVERHANG = "() => document.documentElement.scrollWidth - window.innerWidth"
_AXE = Axe()


# Playwright keeps notes of its own on whoever listens to a page.
@define(kw_only=True, slots=False)
class Visitor:
    """One window; `faults` is what was noticed on the way, in words."""

    page: Page
    url: str
    faults: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"script failed: {error}"))
        self.page.on("request", self._asked)

    async def open(self, path: str) -> None:
        """Open a page of the console by its path below the root."""
        answer = await self.page.goto(f"{self.url}/console{path}")
        assert answer is not None
        assert answer.status == 200, (path, answer.status)

    async def follow(self, name: str) -> None:
        """Follow the first link of this name on the page itself, not in the menu."""
        await self.page.get_by_role("main").get_by_role("link", name=name).first.click()

    async def press(self, name: str) -> None:
        """Press a button of the page's content."""
        await self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    async def fill(self, **fields: str) -> None:
        """Type into fields, by their names; choose where there is a choice."""
        for name, value in fields.items():
            found = self.page.locator(f"main [name={name}]").first
            if await found.evaluate("it => it.tagName") == "SELECT":
                await found.select_option(value)
            elif await found.get_attribute("type") in {"radio", "checkbox"}:
                await self.page.locator(f"main [name={name}][value='{value}']").check()
            else:
                await found.fill(value)

    async def sees(self, *texts: str) -> None:
        """Wait until the page shows each of these texts."""
        for text in texts:
            await expect(self.page.locator("body")).to_contain_text(text)

    async def looks(self) -> None:
        """Judge the page at a desk and on a phone, by day and by night."""
        where = await self.page.title()
        for width, scheme in LOOKS:
            await self._dressed(width, scheme)
            overhang = await self.page.evaluate(_OVERHANG)
            if overhang > 0:
                self.faults.append(f"{where}: {overhang} pixels too wide at {width}")
            for violation in await violations(self.page):
                self.faults.append(f"{where}, {width}, {scheme}: {violation}")
        await self._dressed(DESK, "light")
        assert not self.faults, "\n".join(self.faults)

    async def _dressed(self, width: int, scheme: str) -> None:
        await self.page.set_viewport_size({"width": width, "height": HEIGHT})
        colours: Any = scheme
        await self.page.emulate_media(color_scheme=colours, reduced_motion="reduce")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _REFUSED.match(message.text):
            self.faults.append(f"the browser said: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", f"blob:{self.url}/")):
            self.faults.append(f"asked somebody else: {request.url}")


async def violations(page: Page) -> Sequence[str]:
    """Return what axe finds serious or worse on a page, each with the places where."""
    found = (await _AXE.run(page)).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: "
        + "; ".join(node["html"][:160] for node in each["nodes"][:3])
        for each in found
        if each["impact"] in GRAVE
    ]
