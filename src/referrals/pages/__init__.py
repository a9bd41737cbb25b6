"""Pages of the loop. Each module lists its routes; they are gathered here for the application."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from referrals.pages import referral, send

# Signed-in people.
staff_routers: list[HTTPRouteHandler] = [*send.staff_routers, *referral.staff_routers]
# Whoever holds a link (link.py and patient_link.py join here).
link_routers: list[HTTPRouteHandler] = []
