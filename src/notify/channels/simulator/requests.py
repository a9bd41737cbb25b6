"""What every route may ask for by name."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from notify.channels.simulator.options import SimulatorOptions
from notify.channels.simulator.program import Program
from notify.channels.simulator.state import Simulator

AnyRequest = Request[Any, Any, State]
TheSimulator = SkipValidation[NamedDependency[Simulator]]
TheProgram = SkipValidation[NamedDependency[Program]]
TheOptions = SkipValidation[NamedDependency[SimulatorOptions]]
