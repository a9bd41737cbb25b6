"""Rows of a feed kept in order, in memory while they are few and in a file when they are many.

A feed of any size is checked and written with a few hundred rows in memory at a time. The file
has no name and is gone with the process: a feed may hold what the directory must not show.
"""

from __future__ import annotations

import pickle  # noqa: S403 -- reads back only what this object wrote
import weakref
from collections.abc import Callable, Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO, Any, Generic, TypeVar

Item = TypeVar("Item")
CHUNK = 1000
MANY = 5  # chunks; fewer never touch the disk


class Spool(Generic[Item]):
    """Append, then read as often as you like; not both in turns."""

    def __init__(self, pack: Callable[[Item], Any], unpack: Callable[[Any], Item]) -> None:
        self._pack, self._unpack = pack, unpack
        self._chunks: list[list[Any]] = [[]]
        self._file: IO[bytes] | None = None
        self._length = 0

    def append(self, item: Item) -> None:
        """Keep one more."""
        if len(self._chunks[-1]) == CHUNK:
            if len(self._chunks) == MANY:
                self._write()
            self._chunks.append([])
        self._chunks[-1].append(self._pack(item))
        self._length += 1

    def extend(self, items: Iterable[Item]) -> None:
        """Keep all of these."""
        for item in items:
            self.append(item)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        for chunk in self._written():
            yield from map(self._unpack, chunk)
        for chunk in self._chunks:
            yield from map(self._unpack, chunk)

    def _write(self) -> None:
        if self._file is None:
            self._file = TemporaryFile(prefix="feed-")  # noqa: SIM115 -- lives as long as this
            weakref.finalize(self, self._file.close)
        for chunk in self._chunks:
            pickle.dump(chunk, self._file, pickle.HIGHEST_PROTOCOL)
        self._chunks = []

    def _written(self) -> Iterator[list[Any]]:
        if self._file is None:
            return
        end, at = self._file.tell(), 0
        while at < end:
            self._file.seek(at)
            chunk = pickle.load(self._file)  # noqa: S301 -- our own file without a name
            at = self._file.tell()
            self._file.seek(end)
            yield chunk
