"""The door of a service on its way out: whoever is inside is served, and nobody else gets in.

A listening socket that is closed resets the connections which the kernel has taken in for it and
the service has not seen yet: their senders cannot tell what became of their requests. So the kernel
is told first to overlook whoever comes; they try again a moment later, and are refused for certain.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from contextlib import suppress

_SO_ATTACH_FILTER = 26
# A packet filter of a single instruction: "return", and keep no byte of any packet.
_KEEP_NOTHING = struct.pack("=HBBI", 0x06, 0, 0, 0)


def let_nobody_in(listening: socket.socket) -> None:
    """Have the kernel overlook new connections; those it has taken in can still be accepted.

    Only Linux can do that, and a hardened one keeps it for root. Elsewhere a connection that comes
    at the very last moment is reset: no reason to leave less calmly.
    """
    if sys.platform != "linux":
        return
    instructions = ctypes.create_string_buffer(_KEEP_NOTHING)
    program = struct.pack("@HP", 1, ctypes.addressof(instructions))
    with suppress(OSError):
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
