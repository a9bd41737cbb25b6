"""The invented network and directory of `seeds/`; loading it again adds nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from accounts.network import SeedNetwork, SeedPatient, load_network, member_id, read_network
from directory.api import load_seeds
from notify.api import give_sender_number, sender_number_of
from referrals.actions import NewPatient, create_patient
from referrals.consent import Reach
from referrals.queries import find_patients
from shared import clock
from shared.database import Context, Database
from shared.provision import DatabaseUrls
from shared.settings import REPOSITORY

SEEDS = REPOSITORY / "seeds"
# Of a registered long code with a good standing; one a second would make a demo slow.
INVENTED_PACE = 50.0


async def load_invented_data(urls: DatabaseUrls, folder: Path = SEEDS) -> None:
    """Members first (confidential addresses belong to the front door), then the directory."""
    network_file = folder / "network.json"
    owner, app = Database(urls.owner, pool_size=2), Database(urls.app, pool_size=2)
    try:
        await load_network(owner, network_file)
        await load_seeds(owner, folder)
        network = read_network(network_file)
        await _give_numbers(owner, network)
        await _add_patients(app, network, clock.now())
    finally:
        await owner.dispose()
        await app.dispose()


async def _give_numbers(owner: Database, network: SeedNetwork) -> None:
    """A texting number for each member that has one in the file."""
    for member in network.members:
        if member.sms_number is None:
            continue
        organization = member_id(member.key)
        async with owner.transaction(Context(organization, actor="set-up")) as session:
            if await sender_number_of(session, organization) is None:
                await give_sender_number(
                    session,
                    organization,
                    member.sms_number,
                    segments_per_second=INVENTED_PACE,
                    takes_calls=True,
                )


async def _add_patients(app: Database, network: SeedNetwork, now: datetime) -> None:
    if network.patients is None:
        return
    organization = member_id(network.patients.member)
    async with app.transaction(Context(organization, actor="set-up")) as session:
        for patient in network.patients.people:
            known = await find_patients(session, organization, patient.record_number, now=now)
            if not known:
                await create_patient(session, _new(patient), organization_id=organization, now=now)


def _new(patient: SeedPatient) -> NewPatient:
    return NewPatient(
        name=patient.name,
        phone=patient.phone or "",
        birth_date=patient.birth_date,
        record_number=patient.record_number,
        language=patient.language,
        zip=patient.zip,
        household_size=patient.household_size,
        way=_way(patient),
        may_text=patient.phone is not None,
    )


def _way(patient: SeedPatient) -> Reach:
    if patient.phone is None:
        return Reach.WILL_COME_OR_CALL
    return Reach.SHARED_PHONE if patient.shared_phone else Reach.OWN_PHONE
