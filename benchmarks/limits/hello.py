"""The limit of HTTP: an aiohttp handler that says hello, on the loop the service runs on."""

from __future__ import annotations

import asyncio
import os
import signal

import msgspec
import uvloop
from aiohttp import web

_encode = msgspec.json.Encoder().encode
_ANSWER = {"success": True, "data": {"hello": "world"}}


async def _say_hello(_: web.Request) -> web.Response:
    return web.Response(body=_encode(_ANSWER), content_type="application/json")


async def _serve(port: int) -> None:
    app = web.Application()
    app.router.add_get("/{anything:.*}", _say_hello)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(_serve(int(os.environ["BILLING_PORT"])))
