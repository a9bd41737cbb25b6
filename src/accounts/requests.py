"""What a handler may ask for, by name and type: `session: Session, actor: Caller, now: Now`.

The names are given by web.dependencies; the types are here, where every slice can reach them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from shared.database import Database
from shared.settings import Settings

AnyRequest = Request[Any, Any, Any]
# session: the request's one transaction, committed before the answer's first byte
Session = SkipValidation[NamedDependency[AsyncSession]]
# actor: the caller; refused when there is none
Caller = SkipValidation[NamedDependency[Actor]]
# now: the present instant
Now = SkipValidation[NamedDependency[datetime]]
# database: for what must outlive the request's transaction
OpenDatabase = SkipValidation[NamedDependency[Database]]
# settings: the process's
OurSettings = SkipValidation[NamedDependency[Settings]]
