"""How the contract suite opens a store."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from application.ports.store import Store

OpenStore = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Store]]
"""Open an empty store for one test, and leave nothing of it behind.

What it needs of the machine (`tmp_path`, `postgres_servers`) it takes with `getfixturevalue`.
"""
