"""What was measured of an answer in the background: the influence of its passages, the effect of its perspective."""

from dataclasses import dataclass
from typing import Literal

from rag.core.types.answers import Sentence
from rag.core.types.writing import Used


@dataclass(frozen=True, slots=True)
class PassageLikelihood:
    """nats: what the answer's log-likelihood loses without the passage; below 0 where the answer becomes likelier.

    read: whether the model had read the passage.
    """

    number: int
    nats: float
    read: bool


@dataclass(frozen=True, slots=True)
class PassageQuotes:
    """lost: quotes that are not made without the passage; instead: those made in their place."""

    number: int
    lost: tuple[str, ...]
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WrittenInfluence:
    """nats: log-likelihood of the answer with all passages, of `tokens` tokens. seconds: what measuring took."""

    seconds: float
    nats: float
    tokens: int
    passages: tuple[PassageLikelihood, ...]
    kind: Literal["written"] = "written"


@dataclass(frozen=True, slots=True)
class QuotedInfluence:
    """chosen: what is quoted from all passages. as_then: whether that is what the turn quotes.

    by_words: numbers of the passages whose vectors have gone, so that their words alone decided.
    """

    seconds: float
    chosen: tuple[str, ...]
    as_then: bool
    by_words: tuple[int, ...]
    passages: tuple[PassageQuotes, ...]
    kind: Literal["quotes"] = "quotes"


@dataclass(frozen=True, slots=True)
class NoInfluence:
    """No passage can have mattered."""

    seconds: float
    passages: tuple[()] = ()
    kind: Literal[""] = ""


Influence = WrittenInfluence | QuotedInfluence | NoInfluence


@dataclass(frozen=True, slots=True)
class WrittenEffect:
    """without: the answer that the model writes without the perspective, held against the passages.

    nothing: the model said that the passages do not answer. unjudged: the judge of the turn's sentences has gone.
    took: seconds of writing alone; seconds: in all, with what had to be loaded.
    """

    nothing: bool
    cut_off: bool
    took: float | None
    used: Used | None
    without: tuple[Sentence, ...]
    unjudged: bool
    seconds: float
    kind: Literal["written"] = "written"


@dataclass(frozen=True, slots=True)
class QuotedEffect:
    """without: what is quoted without the assistant's preference; as_then: whether quoting with it gives what it gave.

    took: seconds of quoting alone; seconds: in all. by_words: as in QuotedInfluence.
    """

    without: tuple[Sentence, ...]
    took: float
    as_then: bool
    by_words: tuple[int, ...]
    seconds: float
    kind: Literal["quotes"] = "quotes"


@dataclass(frozen=True, slots=True)
class NoEffect:
    """The turn cannot be compared with one without the perspective."""

    kind: Literal[""] = ""


PerspectiveEffect = WrittenEffect | QuotedEffect | NoEffect
