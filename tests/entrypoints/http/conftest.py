"""The sample application, served."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.entrypoints.http.sample import Sample

Client = TestClient[web.Request, web.Application]
ServeApp = Callable[[web.Application], Awaitable[Client]]
Serve = Callable[[Sample], Awaitable[Client]]


@pytest.fixture
def sample() -> Sample:
    """The sample application's parts."""
    return Sample()


@pytest.fixture
def serve_app(aiohttp_client: ServeApp) -> ServeApp:
    """Serve an application of a test's own."""
    return aiohttp_client


@pytest.fixture
def serve(serve_app: ServeApp) -> Serve:
    """Serve a sample application that a test has put together itself."""

    async def served(sample: Sample) -> Client:
        return await serve_app(sample.app())

    return served


@pytest.fixture
async def client(serve: Serve, sample: Sample) -> Client:
    """A client of the sample application."""
    return await serve(sample)
