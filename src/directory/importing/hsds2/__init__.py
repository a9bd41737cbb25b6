"""HSDS 2-like folders of CSV files, as directory programs export them."""

from __future__ import annotations

from directory.importing.hsds2.adapter import FORMAT, looks_like, read

__all__ = ["FORMAT", "looks_like", "read"]
