"""One sandbox for a test."""

import pytest

from tests.support.sandbox import SandboxWorld


@pytest.fixture
def world() -> SandboxWorld:
    """A sandbox that nobody has bought anything in."""
    return SandboxWorld()
