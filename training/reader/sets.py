"""Questions whose answers are known, and the documents that they are asked of."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.everyday import questions as everyday
from benchmarks.everyday.files import written
from benchmarks.everyday.judging import holds
from benchmarks.everyday.sources import SOURCES, sources
from benchmarks.everyday.support import span_of
from benchmarks.kept import CACHE

DATA = Path(__file__).parent.parent / "data"
MEASURED = Path(__file__).parent.parent.parent / "benchmarks" / "data"
FOLDER = CACHE / "reader"
ARTICLES = ("reader_no", "reader_sv", "reader_en")
LEAST_TELLING = 4
"""Characters of an answer from which on another passage with the same words may answer, too."""

Place = tuple[int, int, int]
"""A page's number, and where on it something begins and ends."""


@dataclass(frozen=True, slots=True)
class Known:
    """A question and what is known of its answer.

    files: the documents that it is asked of, () for all; document: the one that answers, "" where none does.
    answer, support: where the short answer and the sentence or row that says it stand in a document of text, None where
    that is not known; of a file `words` are these two instead, as `span_of` looks for them. right: whether a text holds
    the answer. alone: the question names nothing that tells its document from others.
    """

    id: str
    question: str
    language: str
    kind: str
    files: tuple[str, ...]
    document: str
    answer: Place | None
    support: Place | None
    right: Callable[[str], bool]
    words: tuple[str, str] = ("", "")
    alone: bool = False

    def places(self, pages: Mapping[int, str]) -> tuple[Place | None, Place | None]:
        """Where the answer and its support stand. pages: what was read of the document, by number."""
        answer, support = self.words
        if not support:
            return self.answer, self.support
        for number, text in pages.items():
            found = span_of(support, text)
            if found is not None:
                inside = span_of(answer, text[slice(*found)])
                at = (number, found[0] + inside[0], found[0] + inside[1]) if inside else None
                return at, (number, *found)
        return None, None


@dataclass(frozen=True, slots=True)
class KnownSet:
    """documents: a text or a file by name. source: the SHA-256 of what it was read from, by file name."""

    name: str
    documents: Mapping[str, str | Path]
    questions: list[Known]
    source: Mapping[str, str]


def training_sets() -> list[KnownSet]:
    """What the shipped reader is trained on."""
    return [*map(articles, ARTICLES), everyday_set("everyday_train", everyday.TRAINING)]


def articles(name: str, path: Path | None = None) -> KnownSet:
    """Questions about articles. path: of the JSON, by default the packed file of that name in `training/data`."""
    path = path or DATA / f"{name}.json.xz"
    data = path.read_bytes()
    raw = json.loads(lzma.decompress(data) if path.suffix == ".xz" else data)
    documents = raw["documents"]
    if not isinstance(documents, dict):
        documents = {f"{one['id']}.txt": one["text"] for one in documents}
    questions = []
    for row in raw["questions"]:
        name_of = row["doc"] if row["doc"] in documents else f"{row['doc']}.txt"
        start, words = row["start"], row["answers"][0]
        place = (1, start, start + len(words))
        is_sentence = not row.get("span", True)
        questions.append(
            Known(
                f"{name}-{row['id']}",
                row["question"],
                raw.get("lang", name[-2:]),
                "article",
                (),
                name_of,
                None if is_sentence else place,
                place if is_sentence else None,
                _telling(words),
            )
        )
    return KnownSet(name, documents, questions, {path.name: hashlib.sha256(data).hexdigest()})


def everyday_set(name: str, path: Path, split: str | None = None) -> KnownSet:
    """Everyday questions over the files that `benchmarks.everyday` makes. Never asked for: the split "test"."""
    rows = [row for row in everyday.read(path) if split in (None, row.split) and row.split != "test"]
    names = {file for row in rows for file in row.files}
    known = sources()
    files = written({file: known[file] for file in sorted(names)}, FOLDER / "files")
    data = path.read_bytes() + b"".join(file.read_bytes() for file in sorted(SOURCES.glob("*.txt")))
    questions = [
        Known(
            row.id,
            row.question,
            row.language,
            row.kind,
            row.files,
            row.document if row.right is not None else "",
            None,
            None,
            _matching(row.right),
            (row.answer, row.support),
            row.alone,
        )
        for row in rows
    ]
    return KnownSet(name, files, questions, {path.name: hashlib.sha256(data).hexdigest()})


def _telling(words: str) -> Callable[[str], bool]:
    said = " ".join(words.split()).casefold()
    if len(said) < LEAST_TELLING:
        pattern = re.compile(rf"(?<!\w){re.escape(said)}(?!\w)")
        return lambda text: pattern.search(" ".join(text.split()).casefold()) is not None
    return lambda text: said in " ".join(text.split()).casefold()


def _matching(right: str | None) -> Callable[[str], bool]:
    return (lambda text: False) if right is None else (lambda text: holds(text, right))
