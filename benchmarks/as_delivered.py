"""What a service finds that users install: not what only development has."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

HIDDEN = "BILLING_BENCH_HIDDEN"
"""The variable with the names of modules that users do not have, separated by commas."""

_LOCK = Path(__file__).parents[1] / "requirements.lock"
_OURS = "billing"


def as_delivered() -> Mapping[str, str]:
    """Return the variables that hide from a service what its users do not install."""
    folder = str(Path(__file__).with_name("delivered"))
    others = os.environ.get("PYTHONPATH")
    return {
        "PYTHONPATH": folder if others is None else os.pathsep.join((folder, others)),
        HIDDEN: ",".join(_only_in_development()),
    }


def _only_in_development() -> list[str]:
    found = re.findall(r"^([\w.-]+)==", _LOCK.read_text(), re.MULTILINE)
    delivered = {_plain(name) for name in (*found, _OURS)}
    return sorted(
        module
        for module, distributions in packages_distributions().items()
        if not any(_plain(name) in delivered for name in distributions)
    )


def _plain(name: str) -> str:
    """Return a distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
