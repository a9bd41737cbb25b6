"""Breaks the connection a request came over, the way a network does: without an answer.

The server has no call for that, so the socket is found among this process's own descriptors.
"""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DESCRIPTORS = Path("/dev/fd")  # Linux and macOS


def drop_connection(peer: tuple[str, int]) -> bool:
    """Shut the connection whose other end is this; False when there is none."""
    for descriptor in _sockets():
        with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
            if connection.getpeername()[:2] == peer:
                connection.shutdown(socket.SHUT_RDWR)
                return True
    return False


def _sockets() -> Iterator[int]:
    for entry in [path.name for path in _DESCRIPTORS.iterdir()]:
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(entry)).st_mode):
                yield int(entry)
