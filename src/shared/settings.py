"""Every setting, from the environment (prefix HANDBACK_). The only reader of the environment."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET: dict[str, Any] = {"secret": True}
REPOSITORY = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Values with their meaning; `handback settings` prints this table."""

    # An empty variable is an unset one: compose.yaml passes every setting on, set or not.
    model_config = SettingsConfigDict(
        env_prefix="HANDBACK_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    mode: Literal["demo", "test", "production"] = Field(
        "production", description="demo and test have the simulator and a clock that can be turned"
    )
    port: int = Field(
        8000,
        validation_alias=AliasChoices("PORT", "HANDBACK_PORT"),
        description="Web port; the simulator takes PORT+1 (HTTP) and PORT+2 (SMTP)",
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on")
    public_url: str = Field(
        "", description="Address people and Twilio reach; empty = http://127.0.0.1:PORT"
    )
    database_url: str | None = Field(
        None,
        description="PostgreSQL URL of the app role; unset = private cluster",
        json_schema_extra=SECRET,
    )
    worker_database_url: str | None = Field(
        None, description="PostgreSQL URL of the worker role", json_schema_extra=SECRET
    )
    owner_database_url: str | None = Field(
        None,
        description="PostgreSQL URL of the owner role (migrations, imports)",
        json_schema_extra=SECRET,
    )
    cluster_directory: str | None = Field(
        None, description="Where the private cluster lives; unset = beside the checkout or /var/lib"
    )
    keys: str | None = Field(
        None,
        description="Encryption keys 'id:base64-of-32-bytes,…', the first seals; demo has its own",
        json_schema_extra=SECRET,
    )
    meilisearch_url: str | None = Field(
        None, description="Meilisearch server; unset = PostgreSQL search"
    )
    meilisearch_key: str | None = Field(
        None,
        description="Search-only key of the Meilisearch server, never its master key",
        json_schema_extra=SECRET,
    )
    meilisearch_admin_key: str | None = Field(
        None,
        description="Key for indexes and documents, for the worker and `handback reindex` only",
        json_schema_extra=SECRET,
    )
    meilisearch_index: str = Field(
        "handback", description="Name of the index; installations that share a server differ in it"
    )
    twilio_account_sid: str | None = Field(None, description="Twilio account")
    twilio_auth_token: str | None = Field(
        None,
        description="Twilio auth token: sends and checks webhook signatures",
        json_schema_extra=SECRET,
    )
    twilio_webhook_key_id: str | None = Field(
        None, description="Id of the Twilio webhook key, if webhooks are signed with SHA-256"
    )
    twilio_webhook_secret: str | None = Field(
        None, description="Secret of that webhook key", json_schema_extra=SECRET
    )
    twilio_api_url: str | None = Field(
        None, description="Another host that speaks Twilio's contract (the simulator in demo, test)"
    )
    smtp_host: str | None = Field(None, description="Mail server; unset = e-mail is held")
    smtp_port: int = Field(587, description="Mail server port")
    smtp_username: str | None = Field(None, description="Mail account")
    smtp_password: str | None = Field(None, description="Mail password", json_schema_extra=SECRET)
    smtp_plain: bool = Field(
        default=False, description="Send without TLS; only for a mail server on this machine"
    )
    mail_from: str = Field("Handback <ask@handback.example>", description="Sender of e-mail")
    mail_return: str | None = Field(
        None,
        description="Address that bounces and answers come to, such as bounce@handback.example; "
        "it must take bounce+anything@. Unset = the sender's address, found by Message-ID only",
    )
    mail_secret: str | None = Field(
        None,
        description="Signs what is posted to /webhooks/mail; unset = `handback mail-in` only",
        json_schema_extra=SECRET,
    )
    tile_url: str | None = Field(
        None, description="Map tiles 'https://…/{z}/{x}/{y}.png'; unset = county outlines only"
    )
    directions_url: str = Field(
        "https://www.openstreetmap.org/directions?to={lat}%2C{lon}#map=16/{lat}/{lon}",
        description="Map page that 'Way there' opens when pressed, with {lat} and {lon}",
    )
    client_address_header: str | None = Field(
        None,
        description="Header whose last word a trusted proxy sets to the caller's address; "
        "unset = the connection's own",
    )
    network_name: str = Field("Handback", description="Name shown in the bar")
    help_phone: str = Field("+12025550100", description="Voice number for help with Handback")
    leave_url: str = Field(
        "https://www.weather.gov/", description="Where 'Leave this page fast' goes"
    )
    search_region: str = Field("US-MD", description="Region that a fresh install shows first")
    log_level: str = Field("INFO", description="Lowest level written to the log")

    @property
    def address(self) -> str:
        """Public URL without a trailing slash."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def simulated(self) -> bool:
        """Whether this process talks to the simulator and may turn the clock."""
        return self.mode in {"demo", "test"}

    @property
    def simulator_port(self) -> int:
        """HTTP port of the simulator."""
        return self.port + 1

    @property
    def simulator_smtp_port(self) -> int:
        """SMTP port of the simulator."""
        return self.port + 2


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()


def environment(name: str, default: str = "") -> str:
    """One variable that is not a setting of ours (CI, PATH, PG_BINDIR), read in this one place."""
    return os.environ.get(name, default)


def child_environment(**changes: str) -> dict[str, str]:
    """This process's environment with changes, for the processes it starts."""
    return {**os.environ, **changes}


def set_for_this_process(**values: str) -> None:
    """Settings decided by a command (demo keys, ports), before anything has read them."""
    os.environ.update({f"HANDBACK_{name.upper()}": value for name, value in values.items()})
    get_settings.cache_clear()
