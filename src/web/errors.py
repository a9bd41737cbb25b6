"""The only place that knows HTTP for refusals: problem+json (RFC 9457), or a page for people.

A refusal says what happened, to which field and what to do next. What nobody foresaw says nothing
of its inside: one constant event goes to the log, with the kind of exception and where it arose.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap
from pydantic import ValidationError as PydanticError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from accounts.guards import NotSignedIn, actor_of
from shared.errors import Conflict, HandbackError, InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop
from web.security import SAFE_METHODS
from web.speaking import speak_to

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]
PROGRAM_PATHS = ("/api", "/webhooks", "/hsds", "/fhir", "/simulator/api", "/metrics")
STATUS_OF_KIND = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (Conflict, HTTPStatus.CONFLICT),
    (InvalidInput, HTTPStatus.BAD_REQUEST),
)
STATUS_OF_CODE = {
    "not_signed_in": HTTPStatus.UNAUTHORIZED,
    "api_key_missing": HTTPStatus.UNAUTHORIZED,
    "too_many_tries": HTTPStatus.TOO_MANY_REQUESTS,
    "version_mismatch": HTTPStatus.PRECONDITION_FAILED,
    "version_missing": HTTPStatus.PRECONDITION_REQUIRED,
    "idempotency_key_reused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "bad_signature": HTTPStatus.FORBIDDEN,
}
TITLES = {
    400: gettext_noop("What was sent can't be used"),
    401: gettext_noop("Please sign in first"),
    403: gettext_noop("You may not do this"),
    404: gettext_noop("There is nothing at this address"),
    405: gettext_noop("This address does not do that"),
    409: gettext_noop("Something changed before you"),
    412: gettext_noop("Something changed before you"),
    413: gettext_noop("What was sent is too big"),
    415: gettext_noop("What was sent can't be used"),
    422: gettext_noop("What was sent can't be used"),
    428: gettext_noop("What was sent can't be used"),
    429: gettext_noop("Too many tries"),
    500: gettext_noop("Something went wrong on our side"),
    503: gettext_noop("We can't answer right now"),
}
DETAILS = {
    400: gettext_noop("What was sent can't be read."),
    401: gettext_noop("Please sign in first."),
    403: gettext_noop("This is not open to you."),
    404: gettext_noop("It may have moved, or the address has a typing mistake."),
    405: gettext_noop("The address exists, but not for this kind of request."),
    413: gettext_noop("Send something smaller."),
    415: gettext_noop("Send it as the kind of content that is described for this address."),
    500: gettext_noop("Nothing was saved. Please try again in a minute."),
    503: gettext_noop("Nothing was saved. Please try again in a minute."),
}
LAST_RESORT = (
    "<!doctype html><html lang=en><title>Handback</title><h1>Something went wrong on our side</h1>"
    "<p>Nothing was saved. Please try again in a minute."
)
logger = structlog.get_logger("web")


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal in the reader's words."""

    status: int
    code: str
    title: str
    detail: str
    field: str | None = None
    remedy: str | None = None
    allowed: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, object]:
        """The members of RFC 9457 and ours; what is empty is left out."""
        content: dict[str, object] = {
            "type": f"urn:handback:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "field": self.field,
            "remedy": self.remedy,
            "allowed": list(self.allowed) or None,
            "errors": [{"field": field, "detail": words} for field, words in self.errors] or None,
        }
        return {name: value for name, value in content.items() if value is not None}


def status_of(error: HandbackError) -> int:
    """The HTTP status of a refusal: its code's own, else its kind's."""
    special = STATUS_OF_CODE.get(error.code)
    if special is not None:
        return int(special)
    return next((int(status) for kind, status in STATUS_OF_KIND if isinstance(error, kind)), 400)


def problem_of(error: HandbackError) -> Problem:
    """A refusal, translated."""
    status = status_of(error)
    return Problem(
        status=status,
        code=error.code,
        title=_(TITLES[status]),
        detail=_(error.message, **error.values),
        field=error.field,
        remedy=_(error.remedy, **error.values) if error.remedy else None,
        allowed=error.allowed if isinstance(error, Conflict) else (),
    )


def for_programs(request: AnyRequest) -> bool:
    """Whether the caller is a program."""
    return request.url.path.startswith(PROGRAM_PATHS)


def refused(request: AnyRequest, error: HandbackError) -> AnyResponse:
    """One of the four kinds."""
    speak_to(request)
    asks_to_sign_in = isinstance(error, NotSignedIn) and not for_programs(request)
    if asks_to_sign_in:
        return _to_sign_in(request)
    return answer(request, problem_of(error))


def not_understood(request: AnyRequest, error: HTTPException) -> AnyResponse:
    """What Litestar refused: no such address or method, input of the wrong shape."""
    speak_to(request)
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unforeseen(request, error)
    fields = _fields(error) if isinstance(error, ValidationException) else ()
    return answer(
        request,
        _plain_problem(error.status_code, "invalid_input" if fields else "http", fields),
        headers=error.headers,
    )


def misshapen(request: AnyRequest, error: PydanticError) -> AnyResponse:
    """Input that a handler's own model refused."""
    speak_to(request)
    fields = tuple(
        (".".join(str(part) for part in each["loc"]), str(each["msg"]))
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return answer(request, _plain_problem(400, "invalid_input", fields))


def database_refused(request: AnyRequest, error: DBAPIError) -> AnyResponse:
    """A value no column can hold is the sender's mistake; a lost connection passes."""
    speak_to(request)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state.startswith("22") or "DataError" in type(error.orig).__name__:
        return answer(request, _plain_problem(400, "invalid_input"))
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        _log(request, error, "database_unreachable")
        return answer(request, _plain_problem(503, "unavailable"), headers={"retry-after": "10"})
    return unforeseen(request, error)


def unreachable(request: AnyRequest, error: OSError) -> AnyResponse:
    """The database can't be reached at all."""
    speak_to(request)
    _log(request, error, "database_unreachable")
    return answer(request, _plain_problem(503, "unavailable"), headers={"retry-after": "10"})


def unforeseen(request: AnyRequest, error: Exception) -> AnyResponse:
    """Say nothing of the inside; the log gets kinds and places, never values."""
    speak_to(request)
    _log(request, error, "unhandled_exception")
    return answer(request, _plain_problem(500, "internal"))


def answer(
    request: AnyRequest, problem: Problem, headers: dict[str, str] | None = None
) -> AnyResponse:
    """The problem as JSON or as a page."""
    if for_programs(request):
        if problem.status == HTTPStatus.UNAUTHORIZED:
            headers = {**(headers or {}), "www-authenticate": "Bearer"}
        return Response(
            content=problem.as_json(),
            status_code=problem.status,
            media_type="application/problem+json",
            headers=headers,
        )
    return Response(
        content=_page(request, problem),
        status_code=problem.status,
        media_type=MediaType.HTML,
        headers=headers,
    )


def _page(request: AnyRequest, problem: Problem) -> str:
    try:
        template = request.app.template_engine.get_template("error.html")  # type: ignore[union-attr]
        return str(template.render(request=request, problem=problem, actor=actor_of(request)))
    except Exception as error:  # noqa: BLE001 -- the page that tells of errors must not fail
        _log(request, error, "error_page_failed")
        return LAST_RESORT


def _to_sign_in(request: AnyRequest) -> AnyResponse:
    path = "/sign-in"
    if request.method in SAFE_METHODS:
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        path = f"{path}?{urlencode({'next': asked})}"
    return Redirect(path, status_code=303)


def _plain_problem(status: int, code: str, fields: tuple[tuple[str, str], ...] = ()) -> Problem:
    title = TITLES.get(status, TITLES[400])
    detail = DETAILS.get(status, DETAILS[400])
    if fields:
        detail = gettext_noop("Some of what was sent can't be used; each field is named.")
    return Problem(
        status=status,
        code=code if code != "http" else HTTPStatus(status).name.lower(),
        title=_(title),
        detail=_(detail),
        field=fields[0][0] if fields else None,
        errors=fields,
    )


def _fields(error: ValidationException) -> tuple[tuple[str, str], ...]:
    extra = error.extra if isinstance(error.extra, list) else []
    return tuple(
        (str(each.get("key", "")), str(each.get("message", "")))
        for each in extra
        if isinstance(each, dict)
    )


def _log(request: AnyRequest, error: BaseException, event: str) -> None:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    logger.error(
        event,
        exception=type(error).__name__,
        cause=type(error.__cause__).__name__ if error.__cause__ else None,
        route=request.scope.get("path_template"),
        method=request.method,
        at=[f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames],
    )


HANDLERS: ExceptionHandlersMap = {
    HandbackError: refused,
    HTTPException: not_understood,
    PydanticError: misshapen,
    DBAPIError: database_refused,
    ConnectionError: unreachable,
    Exception: unforeseen,
}
