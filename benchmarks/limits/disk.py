"""The limit under everything: how many writes a second the disk confirms, one after the other."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.measured import Sample, sample_of

_BLOCK = bytes(8192)


def flushes(folder: Path, seconds: float) -> Sample:
    """Write and flush 8 KiB again and again for so long, in a file that is removed afterwards."""
    path = folder / "flushes"
    latencies: list[float] = []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(descriptor, bytes(1024 * 1024), 0)
        os.fsync(descriptor)
        began = last = time.perf_counter()
        while last < began + seconds:
            os.pwrite(descriptor, _BLOCK, 8192 * (len(latencies) % 128))
            os.fdatasync(descriptor)
            now = time.perf_counter()
            latencies.append(now - last)
            last = now
    finally:
        os.close(descriptor)
        path.unlink()
    return sample_of(latencies, last - began)
