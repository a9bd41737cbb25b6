"""What `handback doctor` examines: each finding says what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from shared.crypto import Keyring, new_key
from shared.private_cluster import ClusterProblem
from shared.provision import EXTENSIONS, database_urls
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    ok: bool
    what: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """All findings, the database's last."""
    return [
        _keys(settings),
        _address(settings),
        _sms(settings),
        _mail(settings),
        *_search_server(settings),
        *_database(settings),
    ]


def _keys(settings: Settings) -> Finding:
    if not settings.keys:
        return Finding(
            ok=False,
            what="No encryption keys (HANDBACK_KEYS).",
            remedy=f"Make one, keep a copy safe, and set it: HANDBACK_KEYS={new_key()}",
        )
    try:
        Keyring.parse(settings.keys)
    except ValueError as wrong:
        return Finding(
            ok=False,
            what=f"HANDBACK_KEYS can't be read: {wrong}",
            remedy="Its form is id:base64-of-32-bytes, several parted by commas.",
        )
    return Finding(ok=True, what="Encryption keys are set.")


def _address(settings: Settings) -> Finding:
    if settings.mode == "production" and not settings.public_url.startswith("https://"):
        return Finding(
            ok=False,
            what="HANDBACK_PUBLIC_URL is not an https address.",
            remedy="Set it to the address people and Twilio reach.",
        )
    return Finding(ok=True, what=f"Address: {settings.address}")


def _sms(settings: Settings) -> Finding:
    if settings.twilio_account_sid and settings.twilio_auth_token:
        return Finding(ok=True, what="Texts: a Twilio account is set.")
    return Finding(
        ok=False,
        what="Texts are held: no Twilio account.",
        remedy="Set HANDBACK_TWILIO_ACCOUNT_SID and HANDBACK_TWILIO_AUTH_TOKEN. US texting "
        "needs a registered brand and campaign first (README, production).",
    )


def _mail(settings: Settings) -> Finding:
    if settings.smtp_host:
        return _mail_server(settings)
    return Finding(
        ok=False,
        what="E-mail is held: no mail server.",
        remedy="Set HANDBACK_SMTP_HOST, HANDBACK_SMTP_USERNAME, HANDBACK_SMTP_PASSWORD.",
    )


MAIL_FAULTS = {
    "no_starttls": (
        "offers no STARTTLS, so nothing is sent to it",
        "Switch TLS on there, or use port 465. Only a server on this machine may do without.",
    ),
    "bad_certificate": (
        "shows a certificate that nobody vouches for, so nothing is sent to it",
        "Renew its certificate, and name it in HANDBACK_SMTP_HOST as the certificate does.",
    ),
    "log_in_refused": (
        "refuses our account",
        "Check HANDBACK_SMTP_USERNAME and HANDBACK_SMTP_PASSWORD.",
    ),
}
MAIL_AWAY = ("does not answer", "Check HANDBACK_SMTP_HOST and HANDBACK_SMTP_PORT.")


def _mail_server(settings: Settings) -> Finding:
    """What a worker would meet; mail waits for as long as it is wrong."""
    import asyncio  # noqa: PLC0415 -- only those who have a mail server

    from notify.channels.email import SmtpChannel  # noqa: PLC0415

    async def examined() -> str | None:
        channel = SmtpChannel.from_settings(settings)
        return await channel.examine() if channel is not None else None

    host = settings.smtp_host
    fault = asyncio.run(examined())
    if fault is None:
        return Finding(ok=True, what=f"E-mail goes through {host}.")
    what, remedy = MAIL_FAULTS.get(fault, MAIL_AWAY)
    return Finding(ok=False, what=f"E-mail waits: {host} {what}.", remedy=remedy)


def _search_server(settings: Settings) -> list[Finding]:
    if not settings.meilisearch_url:
        return []
    import asyncio  # noqa: PLC0415 -- only those who have a search server

    from directory.search_server.client import SearchServer  # noqa: PLC0415
    from directory.search_server.keys import examine_keys  # noqa: PLC0415

    url, index = settings.meilisearch_url, settings.meilisearch_index
    searching = SearchServer(url, settings.meilisearch_key, index=index)
    key = settings.meilisearch_admin_key
    admin = SearchServer(url, key, index=index) if key else None
    found = asyncio.run(examine_keys(searching, admin))
    return [Finding(ok=each.ok, what=each.what, remedy=each.remedy) for each in found]


def _database(settings: Settings) -> list[Finding]:
    try:
        urls = database_urls(settings)
        with psycopg.connect(urls.app, connect_timeout=5) as connection:
            extensions = {row[0] for row in connection.execute("select extname from pg_extension")}
            strong = connection.execute(
                "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
            ).fetchone()
            migrated = connection.execute("select to_regclass('public.referral')").fetchone()
    except (psycopg.Error, ClusterProblem) as wrong:
        return [
            Finding(
                ok=False,
                what=f"The database does not answer: {wrong}",
                remedy="Start it, or check HANDBACK_DATABASE_URL.",
            )
        ]
    missing = [name for name in EXTENSIONS if name not in extensions]
    return [
        Finding(ok=True, what="The database answers."),
        Finding(
            ok=not missing,
            what=f"Extensions missing: {', '.join(missing)}"
            if missing
            else "All extensions are there.",
            remedy="Run `handback provision`.",
        ),
        Finding(
            ok=not (strong and strong[0]),
            what="The app's role obeys row-level security."
            if not (strong and strong[0])
            else "The app's role bypasses row-level security.",
            remedy="Use the role handback_app, not a superuser or owner.",
        ),
        Finding(
            ok=bool(migrated and migrated[0]),
            what="Tables are there." if migrated and migrated[0] else "Tables are missing.",
            remedy="Run `handback migrate`.",
        ),
    ]
