"""Pages of the loop. Each module lists its routes; they are gathered here for the application."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from referrals.pages import (
    channels,
    coordinator,
    coordinator_handover,
    cover,
    daily_sheet,
    delivery,
    desk,
    desk_phones,
    link,
    name_call,
    patients,
    referral,
    referral_prints,
    send,
    strangers,
    takeaway,
    texts,
    today,
)

# Signed-in people.
staff_routers: list[HTTPRouteHandler] = [
    *today.staff_routers,
    *cover.staff_routers,
    *coordinator.staff_routers,
    *coordinator_handover.staff_routers,
    *patients.staff_routers,
    *send.staff_routers,
    *referral.staff_routers,
    *channels.staff_routers,
    *name_call.staff_routers,
    *takeaway.staff_routers,
    *referral_prints.staff_routers,
    *daily_sheet.staff_routers,
    *desk.staff_routers,
    *desk_phones.staff_routers,
    *strangers.staff_routers,
    *delivery.staff_routers,
    *texts.staff_routers,
]
# Whoever holds a link: the agency, the patient.
link_routers: list[HTTPRouteHandler] = [*link.link_routers]
