"""HSDS 1.1 folders of CSV files, as vendors still export them."""

from __future__ import annotations

from directory.importing.hsds1.adapter import FORMAT, looks_like, read

__all__ = ["FORMAT", "looks_like", "read"]
