"""Ids of what belongs to each case of the tenant matrix: tasks, people, lists, teams and more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from shared.identifiers import new_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from builders.tenants import Tenants

OF_A_CASE = (
    ("task_id", "select id from staff_task where referral_id = :id limit 1"),
    ("need_id", "select id from follow_up_need where referral_id = :id limit 1"),
    ("message_id", "select id from message where subject_id = :id limit 1"),
)
OF_ITS_SENDER = (
    ("person_id", "select id from person where organization_id = :id limit 1"),
    ("text_id", "select id from stranger_text where organization_id = :id limit 1"),
    ("list_id", "select id from saved_list where organization_id = :id limit 1"),
    ("key_id", "select id from api_key where organization_id = :id limit 1"),
    (
        "team_id",
        (
            "insert into team (id, organization_id, name, created_at)"
            " values (gen_random_uuid(), :id, gen_random_uuid()::text, now()) returning id"
        ),
    ),
    # A phone of an organization in which nobody works, so that it is everybody's neighbour's.
    (
        "channel_id",
        (
            "with it as (insert into member select (jsonb_populate_record(m,"
            " jsonb_build_object('id', new.id, 'organization_id', new.id))).*"
            " from member m, (select gen_random_uuid() as id) as new where m.id = :id returning id)"
            " insert into answering_channel (id, organization_id, kind, address_hash, language,"
            " all_hours, created_at) select gen_random_uuid(), it.id, 'sms',"
            " decode(md5(random()::text), 'hex'), 'en', false, now() from it returning id"
        ),
    ),
    # Claims are the network office's own rows: no case has one.
    ("claim_id", "select id from claim where organization_id = :id limit 1"),
    (
        "agreement_id",
        (
            "insert into agreement (id, organization_id, member_id, needs, agreed_with, agreed_on,"
            " review_on, created_at) values (gen_random_uuid(), :id, :id, 'ZIP', 'Denise',"
            " current_date, current_date + 365, now()) returning id"
        ),
    ),
)


async def find_other_ids(connection: AsyncConnection, world: Tenants) -> None:
    """A task and a message of each case, where it has one; a person and more of its sender."""
    await connection.execute(text("select set_config('role', 'none', true)"))
    for case in world.cases.values():
        for names, of in ((OF_A_CASE, case.referral_id), (OF_ITS_SENDER, case.town.clinic)):
            for name, query in names:
                found = await connection.execute(text(query), {"id": of})
                case.other_ids[name] = found.scalar_one_or_none() or new_id()
