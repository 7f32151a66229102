"""Passages for each question, right and wrong ones, out of what Kilde itself finds.

Wrong ones are what the search ranks high although it does not answer: nothing easier would teach what the search does
not know. They are kept under `benchmarks/cache/reader`, so that a second run does not search again.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.kept import kept, sources_fingerprint
from rag.core.types import Chunk, Hit
from rag.library import Library
from rag.models.embedding.protocol import passage_of
from training.reader.sets import FOLDER, Known, KnownSet, Place

FOUND = 20
"""Passages of a search that wrong ones are drawn from."""
NEAR = 6
"""The first of them, from which about six of ten are drawn."""
WRONG = 3
WRONG_EVERYDAY = 6
RIGHT = 2
"""Passages kept of a question at most; each epoch draws one right and two wrong ones from them."""
VERSION = 1
"""Raised where what is drawn changes."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage as the reader is given it. context: its headings. sentences: spans in `text`.

    right: whether it answers; gold: the sentences that do; span: the short answer, in `text`.
    """

    text: str
    context: str
    sentences: tuple[tuple[int, int], ...]
    right: bool
    gold: tuple[int, ...] = ()
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A question with its passages. source: the name of its set."""

    id: str
    source: str
    question: str
    language: str
    kind: str
    passages: tuple[Candidate, ...]


def groups(known: KnownSet) -> list[Group]:
    """The groups of a set, searched for once."""
    key = hashlib.sha256(repr((known.source, sources_fingerprint(), VERSION)).encode()).hexdigest()[:16]
    path = FOLDER / f"groups-{known.name}-{key}.jsonl"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(asdict(group), ensure_ascii=False) for group in searched(known)]
        work = path.with_suffix(".part")
        work.write_text("\n".join(lines) + "\n", encoding="utf-8")
        work.rename(path)
    return [_read(line) for line in path.read_text(encoding="utf-8").splitlines()]


def searched(known: KnownSet) -> Iterator[Group]:
    """Each question's passages, those of questions whose passage is not found in its document left out."""
    with kept(f"reader/{known.name}", known.documents) as library:
        ids = {document.name: document.id for document in library.documents.all()}
        for question in known.questions:
            passages = passages_of(library, known, question, ids)
            if passages:
                yield Group(
                    question.id, known.name, question.question, question.language, question.kind, tuple(passages)
                )


def passages_of(library: Library, known: KnownSet, question: Known, ids: dict[str, int]) -> list[Candidate]:
    """A question's passages, right ones first; none where its answer is not found. ids: of documents, by name."""
    draw = random.Random(question.id)
    own = [ids[name] for name in question.files if name in ids]
    named = known.name.startswith("everyday") and draw.random() < 0.5
    right: list[Candidate] = []
    wrong: list[Candidate] = []
    hits = library.search(question.question).hits[:FOUND] if not question.alone else []
    near = library.search(question.question, documents=own).hits[:FOUND] if own else []
    if question.document:
        document = ids.get(question.document)
        if document is None:
            return []
        answer, support = question.places({p.number: p.text for p in library.store.documents.pages(document)})
        if answer is None and support is None:
            return []
        order = {hit.chunk.id: rank for rank, hit in enumerate([*near, *hits])}
        chunks = sorted(library.store.chunks.of_document(document), key=lambda c: order.get(c.id, len(order)))
        found = [labelled(chunk, question, answer, support, _name(question.document, named)) for chunk in chunks]
        right = [one for one in found if one is not None][:RIGHT]
        if not right:
            return []
    # of the question's own files first: they are the hardest to tell apart
    for pool, most in ((near, WRONG_EVERYDAY - 2), (hits, WRONG if not own else WRONG_EVERYDAY)):
        for hit in _drawn([hit for hit in pool if _is_wrong(hit, question)], draw):
            one = candidate_of(hit.chunk, _name(hit.document, named))
            if len(wrong) < most and all(one.text != other.text for other in wrong):
                wrong.append(one)
    return [*right, *wrong] if wrong else []


def _name(document: str, named: bool) -> str:
    return document.rpartition(".")[0] if named else ""


def _drawn(hits: Sequence[Hit], draw: random.Random) -> list[Hit]:
    """In the order to take them in: six of ten from the first ones."""
    first, rest = list(hits[:NEAR]), list(hits[NEAR:])
    draw.shuffle(first)
    draw.shuffle(rest)
    order = []
    while first or rest:
        order.append((first if (draw.random() < 0.6 and first) or not rest else rest).pop())
    return order


def _is_wrong(hit: Hit, question: Known) -> bool:
    """Whether a passage certainly does not answer: one that holds the answer's words may."""
    text = " ".join([*hit.chunk.heading_path, hit.chunk.text])
    return not question.right(text)


def candidate_of(chunk: Chunk, name: str = "") -> Candidate:
    """A chunk as the reader is given it, as one that does not answer. name: of its document, "" to leave it out."""
    passage = passage_of(chunk)
    context = " › ".join(part for part in (name, passage.context) if part)
    return Candidate(passage.text, context, tuple((span.start, span.end) for span in passage.sentences), False)


def labelled(
    chunk: Chunk, question: Known, answer: Place | None, support: Place | None, name: str = ""
) -> Candidate | None:
    """A chunk that answers, with where; None where it does not."""
    place = answer or support
    assert place is not None
    first = min((span.start for span in chunk.sentences), default=chunk.start)
    one = candidate_of(chunk, name)
    if place[0] != chunk.page or not question.right(chunk.text):
        return None
    start, end = place[1] - first, place[2] - first
    overlaps = [min(end, e) - max(start, s) for s, e in one.sentences]
    if not overlaps or max(overlaps) * 2 < min(end - start, max(e - s for s, e in one.sentences)):
        return None
    gold = [n for n, shared in enumerate(overlaps) if shared == max(overlaps)]
    span = (start, end) if answer is not None and start >= 0 and end <= len(one.text) else None
    return Candidate(one.text, one.context, one.sentences, True, tuple(gold), span)


def _read(line: str) -> Group:
    row = json.loads(line)
    return Group(**{**row, "passages": tuple(map(candidate_from, row["passages"]))})


def candidate_from(row: Mapping[str, Any]) -> Candidate:
    """The passage that JSON was made of."""
    return Candidate(
        row["text"],
        row["context"],
        tuple((start, end) for start, end in row["sentences"]),
        row["right"],
        tuple(row["gold"]),
        tuple(row["span"]) if row["span"] else None,
    )
