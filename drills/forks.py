"""Processes that drills kill or stop: forked from one in which everything is imported already."""

from __future__ import annotations

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
# Whoever forks first starts the server: all of them are named here.
FORKS.set_forkserver_preload(
    ["drills.sender_process", "drills.atoms_process", "drills.leases_process"]
)
