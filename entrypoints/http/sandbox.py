"""The sandbox's own pages: the checkout a buyer pays on, and the portal they manage things on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from attrs import frozen
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from application.ports.sandbox import Sandbox
from domain.payments.errors import PayerUnknown
from domain.subscriptions.errors import SubscriptionNotFound
from entrypoints.http.endpoint import ENDPOINT, Endpoint, Handler, Shape
from entrypoints.http.policy import Public
from entrypoints.http.sandbox_pages import CheckoutPage, PortalPage

_HERE = Path(__file__).parent
_STYLE = _HERE / "static" / "sandbox.css"
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates" / "sandbox"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

# No script at all, nothing of any other host, in no frame, and forms that lead nowhere else.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_CHECKOUT = "/sandbox/checkout/{ticket}"
_PORTAL = "/sandbox/portal/{ticket}"
_SUBSCRIPTION = _PORTAL + "/subscriptions/{subscription_id}"


@frozen(kw_only=True)
class SandboxApi:
    """Pages for whoever holds their address: its ticket cannot be guessed.

    That is also why no form carries a token of its own: another site that could send one of these
    forms would have to know the ticket, and who knows it may.
    """

    sandbox: Sandbox

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the pages, their forms and their style."""
        return (
            _page("GET", "/sandbox/style.css", self.get_style, "The style of the pages"),
            _page("GET", _CHECKOUT, self.get_checkout, "The checkout page"),
            _page("POST", _CHECKOUT + "/pay", self.post_pay, "Pay"),
            _page("POST", _CHECKOUT + "/decline", self.post_decline, "Let the card be declined"),
            _page("POST", _CHECKOUT + "/cancel", self.post_cancel, "Leave without paying"),
            _page("GET", _CHECKOUT + "/return", self.get_return, "Back to the shop"),
            _page("GET", _PORTAL, self.get_portal, "The portal page"),
            _page("POST", _SUBSCRIPTION + "/cancel", self.post_end, "Cancel at the period's end"),
            _page("POST", _SUBSCRIPTION + "/resume", self.post_resume, "Take that back"),
        )

    async def get_style(self, request: web.Request) -> web.StreamResponse:
        """Answer the style; browsers ask each time whether it is still the same."""
        return web.FileResponse(_STYLE, headers={"Cache-Control": "no-cache"})

    async def get_checkout(self, request: web.Request) -> web.StreamResponse:
        """Show what is bought, and offer to pay for it."""
        try:
            page = CheckoutPage.of(await self.sandbox.checkout(_ticket(request)))
        except PayerUnknown:
            return _gone(request)
        if page.status == "closed":
            return _gone(request, page.cancel_url)
        return _rendered(
            request,
            "checkout.html",
            page=page,
            path=f"checkout/{_ticket(request)}",
            is_declined="declined" in request.query,
        )

    async def post_pay(self, request: web.Request) -> web.StreamResponse:
        """Pay, and go back to the shop."""
        try:
            await self.sandbox.pay(_ticket(request))
        except PayerUnknown:
            return _gone(request)
        return _see("return")

    async def post_decline(self, request: web.Request) -> web.StreamResponse:
        """Let the card be declined, and show the page again."""
        try:
            await self.sandbox.decline(_ticket(request))
        except PayerUnknown:
            return _gone(request)
        return _see(f"../{_ticket(request)}?declined=1")

    async def post_cancel(self, request: web.Request) -> web.StreamResponse:
        """Close the page unpaid, and go back to the shop."""
        try:
            await self.sandbox.abandon(_ticket(request))
        except PayerUnknown:
            return _gone(request)
        return _see("return")

    async def get_return(self, request: web.Request) -> web.StreamResponse:
        """Lead the buyer back to the shop, by a page that a browser passes through at once.

        A form's policy holds for every redirect that follows it, also for those the shop answers
        with. Led back by a page instead, the buyer may be sent on to any host, and the policy of
        the forms allows this one alone.
        """
        try:
            page = CheckoutPage.of(await self.sandbox.checkout(_ticket(request)))
        except PayerUnknown:
            return _gone(request)
        if page.status == "open":
            return _see(f"../{_ticket(request)}")
        url = page.success_url if page.status == "paid" else page.cancel_url
        response = _rendered(request, "return.html", page=page, url=url)
        response.headers["Refresh"] = f"0; url={url}"
        return response

    async def get_portal(self, request: web.Request) -> web.StreamResponse:
        """Show the customer's subscriptions."""
        try:
            page = PortalPage.of(await self.sandbox.portal(_ticket(request)))
        except PayerUnknown:
            return _gone(request)
        return _rendered(request, "portal.html", page=page, path=f"portal/{_ticket(request)}")

    async def post_end(self, request: web.Request) -> web.StreamResponse:
        """Let a subscription end with its period, and show the portal again."""
        try:
            await self.sandbox.cancel(_ticket(request), request.match_info["subscription_id"])
        except (PayerUnknown, SubscriptionNotFound):
            return _gone(request)
        return _see(f"../../../{_ticket(request)}")

    async def post_resume(self, request: web.Request) -> web.StreamResponse:
        """Let a subscription go on, and show the portal again."""
        try:
            await self.sandbox.resume(_ticket(request), request.match_info["subscription_id"])
        except (PayerUnknown, SubscriptionNotFound):
            return _gone(request)
        return _see(f"../../../{_ticket(request)}")


def _page(method: str, path: str, handler: Handler, summary: str) -> Endpoint:
    return Endpoint(
        method=method,
        path=path,
        handler=handler,
        policy=Public(),
        tag="Sandbox",
        summary=summary,
        shape=Shape.RAW,
    )


def _ticket(request: web.Request) -> str:
    return request.match_info["ticket"]


def _see(address: str) -> web.Response:
    """Answer a form: the browser goes there with a GET, and reloading repeats nothing."""
    return web.Response(status=303, headers={"Location": address})


def _gone(request: web.Request, return_url: str | None = None) -> web.Response:
    """Say kindly that this address leads nowhere, or not any more."""
    return _rendered(request, "gone.html", status=404, return_url=return_url)


def _rendered(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    **values: object,
) -> web.Response:
    # Addresses are relative, so that the pages work under any prefix and any name of the host.
    depth = request[ENDPOINT].path.count("/") - len(("", "sandbox"))
    text = _TEMPLATES.get_template(template).render(root="../" * depth, **values)
    return web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers={"Content-Security-Policy": _POLICY},
    )
