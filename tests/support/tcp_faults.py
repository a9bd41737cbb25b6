"""A TCP proxy on loopback that misbehaves on request: silent, slow, reset, half closed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

HOST = "127.0.0.1"
CHUNK = 65536
# Closing with this sends a reset instead of a goodbye.
RESET = struct.pack("ii", 1, 0)


@dataclass
class TcpFaults:
    """What the proxy does; may be changed at any time, also for connections that stand."""

    port: int = 0
    # Nothing passes in either direction, and nothing is closed.
    black_hole: bool = False
    delay_s: float = 0.0
    # Cut after so many bytes of the client's, before the rest passes; None: never.
    reset_after: int | None = None
    # The client's half is closed towards the server after its first bytes.
    half_close: bool = False
    connections: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _passing: asyncio.Event = field(default_factory=asyncio.Event)

    def silent(self) -> None:
        """Let nothing through."""
        self.black_hole = True
        self._passing.clear()

    def calm(self) -> None:
        """Let everything through again."""
        self.black_hole, self.delay_s, self.reset_after, self.half_close = False, 0.0, None, False
        self._passing.set()

    async def pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_client: bool
    ) -> None:
        """Carry one direction."""
        passed = 0
        while data := await reader.read(CHUNK):
            await self._passing.wait()
            await asyncio.sleep(self.delay_s)
            limit = self.reset_after if from_client else None
            if limit is not None and passed + len(data) > limit:
                writer.write(data[: max(0, limit - passed)])
                with contextlib.suppress(OSError):
                    await writer.drain()
                raise ConnectionResetError
            writer.write(data)
            await writer.drain()
            passed += len(data)
            if from_client and self.half_close:
                break
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()


def socket_of(url: str) -> str:
    """The socket file of a PostgreSQL on this machine."""
    return f"{parse_qs(urlsplit(url).query)['host'][0]}/.s.PGSQL.5432"


def through(url: str, port: int) -> str:
    """The same database by way of a port of this machine."""
    parts = urlsplit(url)
    netloc = f"{parts.username}:{parts.password}@{HOST}:{port}"
    return parts._replace(netloc=netloc, query="").geturl()


@asynccontextmanager
async def faulty_proxy(to: int | str) -> AsyncIterator[TcpFaults]:
    """A proxy before a port or a socket file; calm at first, and gone at the end."""
    faults = TcpFaults()
    faults.calm()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = (
            await asyncio.open_unix_connection(to)
            if isinstance(to, str)
            else await asyncio.open_connection(HOST, to)
        )
        try:
            await asyncio.gather(
                faults.pump(reader, there_writer, from_client=True),
                faults.pump(there_reader, writer, from_client=False),
            )
        except OSError:
            for each in (writer, there_writer):
                _reset(each)
        finally:
            for each in (writer, there_writer):
                each.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        faults.connections += 1
        task = asyncio.ensure_future(carry(reader, writer))
        faults._open.add(task)  # noqa: SLF001 -- its own
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await task

    server = await asyncio.start_server(accept, HOST, 0)
    faults.port = server.sockets[0].getsockname()[1]
    try:
        yield faults
    finally:
        server.close()
        for task in faults._open:  # noqa: SLF001
            task.cancel()
        await asyncio.gather(*faults._open, return_exceptions=True)  # noqa: SLF001


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
