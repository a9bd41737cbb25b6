"""/styleguide: every component in both languages, light or dark. Demo and test only.

It also shows the screens that only a fault brings about: `?screen=search-slow`.
"""

from __future__ import annotations

from litestar import get
from litestar.response import Template
from markupsafe import Markup

from accounts.api import public
from accounts.requests import AnyRequest
from shared.i18n import SUPPORTED, using_language
from shared.qr import qr_svg
from shared.settings import get_settings

THEMES = ("light", "dark")
# What nobody sees as long as all goes well.
SCREENS: dict[str, tuple[str, dict[str, str]]] = {
    "search-slow": ("search_slow.html", {}),
    "closed-for-safety": (
        "patient_link_closed.html",
        {"label": "Lincoln Clinic", "phone": "+12025550100"},
    ),
}


@get("/styleguide", guards=[public], sync_to_thread=False)
def show_styleguide(request: AnyRequest) -> Template:
    """The components once in each language; `?theme=dark` shows them in the dark."""
    screen = SCREENS.get(request.query_params.get("screen", ""))
    if screen is not None:
        return Template(screen[0], context=dict(screen[1]))
    asked = request.query_params.get("theme", "")
    samples = [(code, _components(request, code)) for code in SUPPORTED]
    context = {"samples": samples, "theme": asked if asked in THEMES else "light"}
    context |= {"big": request.query_params.get("type") == "big", "screens": list(SCREENS)}
    return Template("styleguide.html", context=context)


def _components(request: AnyRequest, code: str) -> Markup:
    engine = request.app.template_engine
    assert engine is not None  # noqa: S101 -- the application has one
    with using_language(code):
        page = engine.get_template("components.html").render(
            request=request, code=code, qr=qr_svg(get_settings().address, f"QR {code}")
        )
    return Markup(page)  # noqa: S704 -- rendered with escaping


routers = [show_styleguide]
