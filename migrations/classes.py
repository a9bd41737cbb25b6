"""The five classes of tables, and the policies and grants each class gets (design: tenancy).

Every table a migration makes is put into exactly one class by calling one of these functions; a
test reads the catalog and fails on a table in none.
"""

from __future__ import annotations

from alembic import op

APP, WORKER, OWNER = "handback_app", "handback_worker", "handback_owner"
CONTEXT_IS_TENANT = "organization_id = (select ctx_organization())"
# Two-column policy of a row that belongs to sender and agency; the agency sees it once sent.
SHARED_ROW = (
    "(requester_organization_id = (select ctx_organization())"
    " or (performer_organization_id = (select ctx_organization()) and {sent}))"
    " and ((select ctx_referral()) is null or {referral} = (select ctx_referral()))"
    " and (restricted_team_id is null"
    " or performer_organization_id = (select ctx_organization())"
    " or restricted_team_id = any((select ctx_teams())::uuid[]))"
)


def public_table(name: str, *, app_writes: bool = False) -> None:
    """Directory, taxonomies, search: no row-level security; the app reads."""
    rights = "select, insert, update, delete" if app_writes else "select"
    op.execute(f"grant {rights} on {name} to {APP}")
    op.execute(f"grant select, insert, update, delete on {name} to {WORKER}")
    _classify(name, "public")


def tenant_table(name: str, *, rights: str = "select, insert, update, delete") -> None:
    """Rows of one organization (column organization_id)."""
    _force(name)
    op.execute(
        f"create policy tenant on {name} to {APP}, {WORKER}"
        f" using ({CONTEXT_IS_TENANT}) with check ({CONTEXT_IS_TENANT})"
    )
    op.execute(f"grant {rights} on {name} to {APP}, {WORKER}")
    _classify(name, "tenant")


def shared_table(
    name: str,
    *,
    referral: str = "referral_id",
    sent: str = "sent_at is not null",
    rights: str = "select, insert, update",
) -> None:
    """Rows of a referral, both organizations on every row; `sent` guards the agency's side."""
    _force(name)
    rule = SHARED_ROW.format(referral=referral, sent=sent)
    op.execute(
        f"create policy shared on {name} to {APP}, {WORKER} using ({rule}) with check ({rule})"
    )
    op.execute(f"grant {rights} on {name} to {APP}, {WORKER}")
    _classify(name, "shared")


def routing_table(name: str, *, app_rights: str = "", worker_rights: str = "all") -> None:
    """Network-wide keys, hashes and ids: the app goes through definer functions only."""
    _force(name)
    op.execute(f"create policy routing on {name} to {WORKER} using (true) with check (true)")
    if app_rights:
        op.execute(f"create policy app_adds on {name} for insert to {APP} with check (true)")
        op.execute(f"grant {app_rights} on {name} to {APP}")
    op.execute(f"grant {worker_rights} on {name} to {WORKER}")
    _classify(name, "routing")


def system_table(name: str) -> None:
    """No row-level security, ids only; grants are the migration's own business."""
    _classify(name, "system")


def insert_only_across(name: str, check: str) -> None:
    """Let the other party of a referral add rows that it can't read back.

    `check` is a condition on the new row, such as 'exists (select 1 from referral r where …)'.
    """
    op.execute(
        f"create policy other_party on {name} for insert to {APP}, {WORKER} with check ({check})"
    )


def definer_function(
    signature: str, returns: str, body: str, *, to: str = f"{APP}, {WORKER}", volatile: bool = True
) -> None:
    """A SECURITY DEFINER function of the owner with a fixed search_path, executable by `to`."""
    name = signature.partition("(")[0]
    kind = "volatile" if volatile else "stable"
    language = "plpgsql" if body.lstrip().startswith(("begin", "declare")) else "sql"
    op.get_bind().exec_driver_sql(  # as it stands: a colon in a body is no bind parameter
        f"create function {signature} returns {returns} language {language} {kind}"
        f" security definer set search_path = public, pg_temp as $body$ {body} $body$"
    )
    arguments = _argument_types(signature)
    op.execute(f"revoke all on function {name}({arguments}) from public")
    op.execute(f"grant execute on function {name}({arguments}) to {to}")


def _argument_types(signature: str) -> str:
    inside = signature.partition("(")[2].rpartition(")")[0]
    parts = [part.strip().split(" default ")[0] for part in inside.split(",") if part.strip()]
    return ", ".join(part.split(None, 1)[1] for part in parts)


def _force(name: str) -> None:
    op.execute(f"alter table {name} enable row level security")
    op.execute(f"alter table {name} force row level security")
    # Without it a data migration updates 0 rows silently and definer functions see nothing.
    op.execute(f"create policy maintenance on {name} to {OWNER} using (true) with check (true)")


def _classify(name: str, table_class: str) -> None:
    op.execute(f"comment on table {name} is 'class: {table_class}'")
