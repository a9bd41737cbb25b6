"""Pages on which an organization looks after its people, teams, programs and agreements."""

from __future__ import annotations

from web.administration import account, agreements, claims, keys, people, senders, teams

staff_routers = [
    *people.routers,
    *teams.routers,
    *keys.routers,
    *agreements.routers,
    *account.routers,
    *claims.routers,
    *senders.routers,
]
# Anybody; their form needs our origin and a nonce, like the one to sign in.
open_routers = claims.public_routers

__all__ = ["open_routers", "staff_routers"]
