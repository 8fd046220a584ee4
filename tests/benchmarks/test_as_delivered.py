"""The service that is measured sees what users install, and nothing that only development has."""

import os
import subprocess
import sys

from benchmarks.as_delivered import as_delivered

_LOOK = """
import sys
from importlib.util import find_spec
from importlib.metadata import version
names = sys.argv[1:]
print(*[find_spec(name) is not None for name in names], bool(version("billing")))
"""


def test_what_only_development_has_is_hidden_and_the_rest_is_there() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _LOOK, "pytest", "pydantic", "aiohttp", "entrypoints"],
        env={**os.environ, **as_delivered()},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert said.stdout.split() == ["False", "False", "True", "True", "True"]
