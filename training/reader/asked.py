"""Questions that the reader is measured on, with what Kilde finds and does without it.

Asked once and kept under `benchmarks/cache/reader`. A question of articles is asked twice, the second time with the
document left out that answers it: then only a refusal is right.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.everyday.questions import SET
from benchmarks.kept import kept, sources_fingerprint
from rag.core.types import Conditions
from rag.library import Library
from rag.models.embedding.protocol import passage_of
from training.reader.groups import Candidate, candidate_from, candidate_of
from training.reader.sets import FOLDER, MEASURED, Known, KnownSet, articles, everyday_set

READ = 10
"""Passages that are read."""
XQUAD_EVERY = 4
"""Of the English questions every so many is asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """passages: the first READ that were found, best first; `gold` are the sentences that hold the answer.

    answerable: whether a document that answers was there. cluster: the document, for intervals. named: the passages'
    documents. first: whether the first quote holds the answer; chance: how likely Kilde thinks that the documents
    answer, refused: whether it refuses.
    """

    id: str
    source: str
    question: str
    language: str
    kind: str
    cluster: str
    passages: tuple[Candidate, ...]
    named: tuple[str, ...]
    answerable: bool
    first: bool
    chance: float
    refused: bool


def measured_sets() -> list[KnownSet]:
    """NorQuAD's validation, XQuAD in English, and the half of the everyday questions that may be looked at."""
    english = articles("xquad_en", MEASURED / "xquad_en.json")
    return [
        articles("norquad_validation", MEASURED / "norquad_validation.json"),
        replace(english, questions=english.questions[::XQUAD_EVERY]),
        everyday_set("everyday_dev", SET, "dev"),
    ]


def asked(known: KnownSet) -> list[Asked]:
    """The questions of a set as they were asked."""
    key = hashlib.sha256(repr((known.source, len(known.questions), _fingerprint())).encode()).hexdigest()[:16]
    path = FOLDER / f"asked-{known.name}-{key}.jsonl"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        work = path.with_suffix(".part")
        with work.open("w", encoding="utf-8") as file:
            for one in _asked(known):
                file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
        work.rename(path)
    return [_read(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _fingerprint() -> tuple[str, str]:
    """What decides passages, and what decides quotes and refusals."""
    rag = Path(__file__).parent.parent.parent / "rag"
    deciding = (rag / "generation" / "quoting.py", rag / "answering" / "answerability.py")
    return sources_fingerprint(), hashlib.sha256(b"".join(path.read_bytes() for path in deciding)).hexdigest()


def _asked(known: KnownSet) -> Iterator[Asked]:
    if not known.name.startswith("everyday"):
        with kept(f"reader/{known.name}", known.documents) as library:
            shas = {document.name: document.sha256 for document in library.documents.all()}
            for question in known.questions:
                yield ask(library, known, question)
                if question.document in shas:
                    yield ask(library, known, question, shas[question.document])
        return
    files = {
        question.files: [one for one in known.questions if one.files == question.files] for question in known.questions
    }
    for names, questions in files.items():
        with kept(f"reader/dev/{names[0]}", {name: known.documents[name] for name in names}) as library:
            for question in questions:
                yield ask(library, known, question)


def ask(library: Library, known: KnownSet, question: Known, without: str | None = None) -> Asked:
    """Ask one question. without: the SHA-256 of a document that is left out."""
    conditions = Conditions(excluded_documents=(without,) if without else ())
    turn = library.ask(question.question, conditions=conditions)
    assert turn.answer is not None
    left_out = set() if without is None else {d.id for d in library.documents.all() if d.sha256 == without}
    others = None if without is None else [d.id for d in library.documents.all() if d.id not in left_out]
    hits = library.search(question.question, documents=others).hits[:READ]
    answerable = bool(question.document) and without is None
    passages = []
    for hit in hits:
        one = candidate_of(hit.chunk)
        texts = [one.text[start:end] for start, end in one.sentences]
        gold = tuple(number for number, text in enumerate(texts) if answerable and question.right(text))
        passages.append(replace(one, right=answerable and question.right(passage_of(hit.chunk).text), gold=gold))
    quotes = turn.answer.quotes
    return Asked(
        question.id + ("-without" if without else ""),
        known.name,
        question.question,
        question.language,
        question.kind,
        question.document or (question.files[0] if question.files else ""),
        tuple(passages),
        tuple(hit.document for hit in hits),
        answerable,
        answerable and bool(quotes) and question.right(quotes[0].text),
        turn.trace.answerability.probability or 0.0,
        not turn.answer.answered,
    )


def _read(line: str) -> Asked:
    row = json.loads(line)
    return Asked(**{**row, "passages": tuple(map(candidate_from, row["passages"])), "named": tuple(row["named"])})
