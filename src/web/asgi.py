"""The application object that granian serves."""

from __future__ import annotations

from shared.database import Database
from shared.logging import configure_logging
from shared.provision import database_urls
from shared.settings import get_settings
from web.app import create_app

configure_logging(get_settings().log_level)
app = create_app(get_settings(), Database(database_urls(get_settings()).app))
