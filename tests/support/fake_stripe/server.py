"""The fake's HTTP side: keys, forms, the schema, idempotency; and webhooks, signed."""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware
from attrs import define, field, frozen

from tests.support.fake_stripe import billing_api, checkout_api
from tests.support.fake_stripe.data import faults_of
from tests.support.fake_stripe.faults import StripeFault
from tests.support.fake_stripe.forms import decoded, operation_of, problems_of
from tests.support.fake_stripe.objects import API_VERSION, Thing
from tests.support.fake_stripe.older import older
from tests.support.fake_stripe.world import StripeWorld

SECRET_KEY = "sk_test_fake_0123456789"
WEBHOOK_SECRET = "whsec_fake_0123456789"


async def _at_once(asked: "Asked") -> None:
    """Take no time."""


Handler = Callable[[StripeWorld, tuple[str, ...], Mapping[str, Any]], Thing]


def list_of(kind: str) -> Handler:
    """Return the handler that lists everything of a kind."""

    def listed(world: StripeWorld, ids: tuple[str, ...], params: Mapping[str, Any]) -> Thing:
        return checkout_api.page(world.all_of(kind), params)

    return listed


HANDLERS: Mapping[str, Handler] = {
    "POST /v1/checkout/sessions": checkout_api.create_session,
    "GET /v1/checkout/sessions": checkout_api.list_sessions,
    "GET /v1/checkout/sessions/{session}": checkout_api.get_session,
    "POST /v1/checkout/sessions/{session}/expire": checkout_api.expire_session,
    "POST /v1/coupons": checkout_api.create_coupon,
    "GET /v1/coupons": list_of("coupon"),
    "GET /v1/billing_portal/configurations": list_of("billing_portal.configuration"),
    "GET /v1/prices": list_of("price"),
    "GET /v1/prices/{price}": checkout_api.get_price,
    "POST /v1/billing_portal/sessions": checkout_api.create_portal,
    "GET /v1/subscriptions": billing_api.list_subscriptions,
    "GET /v1/subscriptions/{subscription_exposed_id}": billing_api.get_subscription,
    "POST /v1/subscriptions/{subscription_exposed_id}": billing_api.update_subscription,
    "DELETE /v1/subscriptions/{subscription_exposed_id}": billing_api.cancel_subscription,
    "POST /v1/subscriptions/{subscription}/pause": billing_api.pause_subscription,
    "POST /v1/subscriptions/{subscription}/resume": billing_api.resume_subscription,
    "GET /v1/payment_intents": list_of("payment_intent"),
    "GET /v1/invoices": list_of("invoice"),
    "GET /v1/payment_intents/{intent}": billing_api.get_intent,
    "GET /v1/invoices/{invoice}": billing_api.get_invoice,
    "GET /v1/invoices/{invoice}/lines": billing_api.list_lines,
    "POST /v1/invoices/create_preview": billing_api.preview_invoice,
    "GET /v1/invoice_payments": billing_api.list_invoice_payments,
    "POST /v1/refunds": billing_api.create_refund,
    "GET /v1/refunds": billing_api.list_refunds,
    "GET /v1/refunds/{refund}": billing_api.get_refund,
    "GET /v1/disputes": billing_api.list_disputes,
    "GET /v1/disputes/{dispute}": billing_api.get_dispute,
    "GET /v1/events": billing_api.list_events,
}


@frozen(kw_only=True)
class Asked:
    """A request as the fake took it."""

    operation: str
    ids: tuple[str, ...]
    params: Mapping[str, Any]
    key: str | None


@define
class _Answered:
    digest: str
    status: int
    text: str


@define(kw_only=True)
class FakeStripe:
    """Stripe on this machine: what it knows, what it was asked, and what was wrong with that.

    `problems` holds every request that Stripe's schema refuses and every answer that it would
    refuse: a test that ends with one has found a fault. A key that is in use right now, or was used
    for something else, is refused as Stripe does; an answer is kept under its key, also where the
    answer is an error, but not where the request made no sense. `working` is awaited while a
    request is at work, its key in use. One that does not check its answers is quicker.
    """

    world: StripeWorld = field(factory=StripeWorld)
    asked: list[Asked] = field(factory=list)
    problems: list[str] = field(factory=list)
    _answers: dict[str, _Answered] = field(factory=dict)
    working: Callable[[Asked], Awaitable[None]] = _at_once
    checks_answers: bool = True
    _in_use: set[str] = field(factory=set)

    def app(self, middlewares: Sequence[Middleware] = ()) -> web.Application:
        """Return the server; middlewares stand before everything, so that they can break it."""
        app = web.Application(middlewares=middlewares)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    def operations(self) -> list[str]:
        """Return what was asked, in order."""
        return [each.operation for each in self.asked]

    def forget_keys(self) -> None:
        """Let a day pass after which Stripe knows no key any more."""
        self._answers.clear()

    def webhook(
        self, event: Thing, *, is_older: bool = False, at: int | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """Return the body and the headers in which an event is delivered."""
        told = older(event, self.world.intent_of) if is_older else event
        body = json.dumps(told, indent=2 if self.checks_answers else None).encode()
        return body, {"stripe-signature": signed(body, self.world.now if at is None else at)}

    async def _answer(self, request: web.Request) -> web.Response:
        form = request.query_string if request.method != "POST" else await request.text()
        try:
            status, text, is_replayed = await self._replied(request, form)
        except StripeFault as fault:
            status, text, is_replayed = fault.status, json.dumps(fault.body()), False
        headers = {"Request-Id": f"req_{len(self.asked)}"}
        if is_replayed:
            headers["Idempotent-Replayed"] = "true"
        return web.Response(
            text=text, status=status, headers=headers, content_type="application/json"
        )

    async def _replied(self, request: web.Request, form: str) -> tuple[int, str, bool]:
        if request.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
            raise StripeFault(401)
        if request.headers.get("Stripe-Version") != API_VERSION:
            self.problems.append(f"{request.path}: not asked at the pinned version")
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        asked = self._understood(request, form, key)
        if key is None:
            await self.working(asked)
            return (*self._done(asked), False)
        digest = hashlib.sha256(f"{request.path}?{form}".encode()).hexdigest()
        known = self._answers.get(key)
        if known is not None and known.digest != digest:
            raise StripeFault(400, type="idempotency_error")
        if known is not None:
            return known.status, known.text, True
        if key in self._in_use:
            raise StripeFault(409, "idempotency_key_in_use")
        self._in_use.add(key)
        try:
            await self.working(asked)
            status, text = self._done(asked)
        finally:
            self._in_use.discard(key)
        self._answers[key] = _Answered(digest, status, text)
        return status, text, False

    def _understood(self, request: web.Request, form: str, key: str | None) -> Asked:
        found = operation_of(request.method, request.path)
        if found is None or found[0] not in HANDLERS:
            self.problems.append(f"{request.method} {request.path}: not known here")
            raise StripeFault(404)
        operation, ids = found
        params = decoded(form, operation)
        problems = problems_of(params, operation)
        if problems:
            self.problems += [f"{operation}: {problem}" for problem in problems]
            raise StripeFault(400, "parameter_unknown")
        asked = Asked(operation=operation, ids=ids, params=params, key=key)
        self.asked.append(asked)
        return asked

    def _done(self, asked: Asked) -> tuple[int, str]:
        try:
            answer = HANDLERS[asked.operation](self.world, asked.ids, asked.params)
        except StripeFault as fault:
            if fault.status == 400:
                raise
            return fault.status, json.dumps(fault.body())
        if self.checks_answers:
            for each in answer["data"] if answer["object"] == "list" else [answer]:
                self.problems += [f"{asked.operation} answers {fault}" for fault in faults_of(each)]
        return 200, json.dumps(answer)


def signed(body: bytes, at: int, secret: str = WEBHOOK_SECRET) -> str:
    """Return the header in which Stripe signs a webhook."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
