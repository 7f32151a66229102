"""Documents to try Kilde on: the papers of a made-up maker of household appliances, in Danish and English.

They agree with each other (a term of the warranty comes back in the specification, the user stories and the minutes),
so that one question can rest on several of them. `make` sets the PDFs anew from `sources/`.
"""

import json
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["SampleQuestion", "questions", "samples"]

SUFFIXES = (".md", ".pdf", ".txt")


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    """A question that the samples answer. language: "da" or "en", of the question; the document may be in the other.

    document: the name of the sample that answers it, on `page` (1-based); `answer` are words that stand there.
    """

    question: str
    language: str
    document: str
    page: int
    answer: str


def samples() -> list[tuple[str, bytes]]:
    """Name and content of each sample document, by name."""
    entries = (entry for entry in files(__name__).iterdir() if entry.is_file() and entry.name.endswith(SUFFIXES))
    return sorted((entry.name, entry.read_bytes()) for entry in entries)


def questions(language: str | None = None) -> list[SampleQuestion]:
    """Questions to try on the samples, best first; with `language` only those asked in it."""
    rows = json.loads((files(__name__) / "questions.json").read_text(encoding="utf-8"))
    return [SampleQuestion(**row) for row in rows if language in (None, row["language"])]
