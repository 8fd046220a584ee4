"""CSV files: sent as they are read, harmless to spreadsheets, and never taken for whole if not."""

from collections.abc import AsyncIterator, Sequence

import attrs
import pytest
from aiohttp import ClientPayloadError, web
from structlog.testing import capture_logs

from entrypoints.http.app import build_app
from entrypoints.http.csv_file import send_csv
from entrypoints.http.endpoint import Endpoint, Shape
from tests.entrypoints.http.conftest import Client, ServeApp
from tests.entrypoints.http.sample import Sample
from tests.entrypoints.http.test_middleware import an_endpoint

COLUMNS = ("what", "amount")


class Files:
    """A file of two batches; reading the second may fail."""

    def __init__(self, *, is_broken: bool) -> None:
        self.is_broken = is_broken

    async def send(self, request: web.Request) -> web.StreamResponse:
        return await send_csv(request, "file.csv", COLUMNS, self._batches())

    async def _batches(self) -> AsyncIterator[Sequence[Sequence[str]]]:
        yield [("=1+1", "-5"), ("a,b", "7")]
        if self.is_broken:
            raise LookupError("a row that is not there")
        yield [("last", "0")]

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (attrs.evolve(an_endpoint("/file"), handler=self.send, shape=Shape.CSV),)


async def served(sample: Sample, serve_app: ServeApp, files: Files) -> Client:
    app = build_app(
        [files],
        gate=sample.gate(),
        readiness=sample.readiness,
        public_url="http://127.0.0.1",
        version="1",
    )
    return await serve_app(app)


async def test_rows_of_all_batches_stand_in_the_file_and_none_is_a_formula(
    sample: Sample, serve_app: ServeApp
) -> None:
    client = await served(sample, serve_app, Files(is_broken=False))

    response = await client.get("/file")

    assert (await response.text()).splitlines() == [
        "what,amount",
        "'=1+1,-5",
        '"a,b",7',
        "last,0",
    ]
    assert response.headers["Content-Disposition"] == 'attachment; filename="file.csv"'
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_file_whose_reading_fails_half_way_is_cut_off_and_told(
    sample: Sample, serve_app: ServeApp
) -> None:
    client = await served(sample, serve_app, Files(is_broken=True))

    with capture_logs() as logged:
        response = await client.get("/file")
        with pytest.raises(ClientPayloadError):
            await response.text()

    assert [each["event"] for each in logged] == ["export_failed"]
