"""What usage costs, for admins: every version of the rates, and the next one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.credits.list_rates import ListingRates, ListRates, ReadingRates, ReadRates
from application.credits.publish_rates import PublishingRates
from domain.access.role import Right
from domain.credits.errors import KeyReused, RatesChangedMeanwhile, RatesNotFound
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.rates import (
    PublicationView,
    RatesBody,
    RatesFileView,
    RatesVersionView,
    RatesView,
)
from entrypoints.http.wire import read, read_query, reply, reply_page

_TAG = "Admin: rates"
_VERSION = re.compile(r"[1-9][0-9]{0,17}")


@frozen(kw_only=True)
class AdminRatesApi:
    """Every version of the rates, for admins."""

    list_rates: ListingRates
    read_rates: ReadingRates
    publish_rates: PublishingRates

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about rates."""
        return (
            Endpoint(
                method="GET",
                path="/admin/rates",
                handler=self.get_versions,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="List the versions of the rates",
                description="Newest first, without the rates themselves.",
                query=CursorQuery,
                response=RatesVersionView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="GET",
                path="/admin/rates/current",
                handler=self.get_current,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="Read the rates in force",
                response=RatesView,
            ),
            Endpoint(
                method="GET",
                path="/admin/rates/{version}",
                handler=self.get_version,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="Read one version of the rates",
                response=RatesView,
                refusals=(RatesNotFound,),
            ),
            Endpoint(
                method="GET",
                path="/admin/rates/{version}/export",
                handler=self.get_export,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="Export one version of the rates",
                description="As a body that POST /admin/rates takes as it is.",
                response=RatesFileView,
                refusals=(RatesNotFound,),
            ),
            self._publication(),
        )

    def _publication(self) -> Endpoint:
        return Endpoint(
            method="POST",
            path="/admin/rates",
            handler=self.post_rates,
            policy=Admin(Right.CREDIT),
            tag=_TAG,
            summary="Publish rates",
            description=(
                "The whole card, as the next version; what was rated before stays as it is. A "
                "preview publishes nothing, and remembers no key."
            ),
            body=RatesBody,
            response=PublicationView,
            refusals=(RatesChangedMeanwhile, KeyReused),
            idempotency=Idempotency.OPTIONAL,
            example={
                "rounding": "up",
                "note": "Cached input costs half",
                "rates": [
                    {"model": "gpt-4o", "kind": "input", "credits": "2.5", "per": 1000},
                    {"model": "gpt-4o", "kind": "cached_input", "credits": "1.25", "per": 1000},
                    {"model": "gpt-4o", "kind": "output", "credits": "10", "per": 1000},
                    {"model": "*", "kind": "input", "credits": "5", "per": 1000},
                    {"model": "*", "kind": "output", "credits": "20", "per": 1000},
                ],
            },
        )

    async def get_versions(self, request: web.Request) -> web.Response:
        """Answer a page of versions."""
        asked = read_query(request, CursorQuery).page()
        page = await self.list_rates(ListRates(page=asked))
        return reply_page(page, RatesVersionView.of, asked)

    async def get_current(self, request: web.Request) -> web.Response:
        """Answer the version in force at this instant."""
        found = await self.read_rates(ReadRates())
        return reply(RatesView.of(found.card, found.effective_to))

    async def get_version(self, request: web.Request) -> web.Response:
        """Answer one version."""
        found = await self.read_rates(ReadRates(version=_version_of(request)))
        return reply(RatesView.of(found.card, found.effective_to))

    async def get_export(self, request: web.Request) -> web.Response:
        """Answer one version as a file."""
        found = await self.read_rates(ReadRates(version=_version_of(request)))
        return reply(RatesFileView.of(found.card))

    async def post_rates(self, request: web.Request) -> web.Response:
        """Publish the next version, or say what it would change."""
        body = await read(request, RatesBody)
        actor = actor_of(request)
        published = await self.publish_rates(body.command(actor, request_key(request, actor.id)))
        view = PublicationView.of(published, is_preview=body.preview)
        return reply(view, replayed=published.is_replay)


def _version_of(request: web.Request) -> int:
    given = request.match_info["version"]
    if not _VERSION.fullmatch(given):
        raise RatesNotFound(version=given)
    return int(given)
