"""What happens while a question is answered, in the order in which it happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.core.types import Hit, Turn


@dataclass(frozen=True, slots=True)
class Working:
    """What is being done: "model", "choosing", "searching", "reading", "writing", "checking" or "step".

    "waiting" while nothing is, because other turns are being answered. values fill in the sentence.
    """

    stage: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages are there: `turn.hits`. candidates: all that were found, best first; `turn.hits` are among them."""

    turn: Turn
    candidates: Sequence[Hit] = ()


@dataclass(frozen=True, slots=True)
class Quoted:
    """The answer by quoting, or the refusal, is there: `turn.answer`."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Delta:
    """A further piece of a written answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What has been written so far was a step: the answer is written anew by the next one. number: from 2."""

    number: int
    of: int
    name: str


@dataclass(frozen=True, slots=True)
class Done:
    """The turn as it is kept."""

    turn: Turn


Event = Working | Retrieved | Quoted | Delta | Begun | Done
