"""Read by the interpreter of a measured service before anything else: it sees what users install.

The environment of development has more libraries than that of `make install`, and one that the
service uses loads what it finds: an idle process would hold a tenth more than it does anywhere.
"""

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

# Named so by `benchmarks/as_delivered.py`, which is not to be had here.
_HIDDEN = frozenset(os.environ.pop("BILLING_BENCH_HIDDEN", "").split(","))


class _AsDelivered(PathFinder):
    """Finds what the interpreter finds, but for modules that users do not have."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in _HIDDEN:
            return None
        return super().find_spec(fullname, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = _AsDelivered
