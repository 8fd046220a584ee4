import gzip
import hashlib
import json
import re

from entrypoints.http.docs import VENDORED
from tests.entrypoints.http.conftest import Client
from tests.entrypoints.http.sample import Sample


def test_every_vendored_file_is_the_one_that_the_manifest_names() -> None:
    manifest = json.loads((VENDORED / "manifest.json").read_text())
    shipped = {
        str(path.relative_to(VENDORED))
        for path in VENDORED.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }

    assert shipped == {each[kind] for each in manifest for kind in ("file", "licence_file")}
    for each in manifest:
        raw = (VENDORED / each["file"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == each["sha256"]
        assert hashlib.sha256(gzip.decompress(raw)).hexdigest() == each["sha256_uncompressed"]
        assert each["package"]
        assert each["version"]
        assert each["licence"]


async def test_the_document_is_served(client: Client, sample: Sample) -> None:
    response = await client.get("/openapi.json")

    document = await response.json()
    assert response.status == 200
    assert document["info"]["version"] == "1.2.3"
    assert {each.path for each in sample.api.endpoints()} <= set(document["paths"])
    assert not any(path.startswith("/docs") for path in document["paths"])


async def test_the_page_asks_nothing_of_another_host(client: Client) -> None:
    page = await client.get("/docs")

    text = await page.text()
    sources = re.findall(r'src="([^"]*)"', text)
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; script-src 'self';"
    )
    assert "://" not in text
    assert len(sources) == 2
    for source in sources:
        script = await client.get(source)
        assert script.status == 200
        assert "javascript" in script.headers["Content-Type"]


async def test_the_viewer_is_sent_compressed_and_may_be_kept(client: Client) -> None:
    page = await (await client.get("/docs")).text()
    source = re.findall(r'src="([^"]*scalar[^"]*)"', page)[0]

    viewer = await client.get(source)

    assert viewer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in viewer.headers["Cache-Control"]
    assert viewer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_viewer_is_sent_to_whoever_takes_nothing_compressed(client: Client) -> None:
    page = await (await client.get("/docs")).text()
    source = re.findall(r'src="([^"]*scalar[^"]*)"', page)[0]

    viewer = await client.get(source, headers={"Accept-Encoding": "identity"})

    raw = await viewer.read()
    manifest = json.loads((VENDORED / "manifest.json").read_text())
    assert viewer.status == 200
    assert "Content-Encoding" not in viewer.headers
    assert "javascript" in viewer.headers["Content-Type"]
    assert hashlib.sha256(raw).hexdigest() == manifest[0]["sha256_uncompressed"]
