"""One Jinja environment over all slices' templates, with translation, escaping and our helpers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from jinja2.environment import Template as JinjaTemplate
from litestar.plugins.jinja import JinjaTemplateEngine

from accounts.guards import actor_of
from shared.i18n import gettext, language, ngettext
from shared.settings import Settings
from web import template_helpers
from web.security import csrf_token, form_nonce

SOURCE = Path(__file__).resolve().parents[1]
SLICES = ("web", "accounts", "directory", "referrals")


class PageTemplate(JinjaTemplate):
    """Knows who is looking, without every handler saying so."""

    def render(self, *args: Any, **values: Any) -> str:  # noqa: ANN401 -- Jinja's own
        """Fill the template; `actor` is the request's caller unless given."""
        context = dict(*args, **values)
        request = context.get("request")
        if request is not None:
            context.setdefault("actor", actor_of(request))
        return super().render(context)


def make_engine(settings: Settings) -> JinjaTemplateEngine:
    """The engine that Litestar renders templates with."""
    environment = Environment(
        loader=FileSystemLoader([SOURCE / slice_name / "templates" for slice_name in SLICES]),
        autoescape=True,
        auto_reload=settings.mode == "demo",
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.template_class = PageTemplate
    engine = JinjaTemplateEngine(engine_instance=environment)
    # After the engine, which puts a CSRF helper of its own under our name.
    environment.globals.update(
        _=gettext,
        gettext=gettext,
        ngettext=ngettext,
        language=language,
        csrf_token=csrf_token,
        form_nonce=form_nonce,
        leave_url=settings.leave_url,
        help_phone=settings.help_phone,
        network_name=settings.network_name,
        tile_url=settings.tile_url,
        simulated=settings.simulated,
    )
    template_helpers.register(environment)
    return engine
