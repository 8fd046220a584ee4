"""Write the databases of the present version beside those of earlier releases.

Run `python -m tests.upgrades.make` when a version is released, and add what it writes: from then on
every later version is tested to bring it up.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.support.postgres import given_server, installations
from tests.upgrades.dumps import RELEASES, present, write_present


def main() -> None:
    """Write both databases, and say where."""
    folder = RELEASES / present()
    oldest = min(installations(), key=lambda found: found.major)
    with tempfile.TemporaryDirectory() as scratch:
        given = given_server()
        if given is not None:
            asyncio.run(write_present(folder, Path(scratch), given))
        else:
            with oldest.running() as server:
                asyncio.run(write_present(folder, Path(scratch), server))
    sys.stdout.write(f"written to {folder}\n")


if __name__ == "__main__":
    main()
