"""Is the right passage found? python -m benchmarks.retrieval [--set NAME ...] [--against FILE]

Every question of a set is searched through the public API, by default settings, in a library with the set's documents.
A hit is right where its chunk is of the right document (and page, where the set names it) and holds at least half of
the characters of the first accepted answer; where an answer stands several times on the page that is named, any of them
counts. In known-item search any chunk of the document is right. Metrics and intervals: `benchmarks.metrics`.

One search gives three rankings: "fused", what a user gets; "dense", the candidates by cosine; "words", those by BM25.
The ranks of all questions are kept in the result, in the order of the set, so that --against FILE can tell, question by
question, what another state of Kilde does better or worse.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from benchmarks import baselines
from benchmarks.kept import built
from benchmarks.machine import machine
from benchmarks.metrics import DEPTH, NOT_FOUND, Estimate, difference, figures, first_right, holds
from benchmarks.named_sets import NAMED, available, named
from benchmarks.question_sets import OTHERS, Question, QuestionSet, indexed
from rag.core.types import Hit, Place
from rag.library import Library

RESULT = Path(__file__).parent / "results" / "retrieval.json"
RANKERS = ("fused", "dense", "words")
SPLITS = ("dev", "test")


@dataclass(frozen=True, slots=True)
class Target:
    """What a question asks for. documents: SHA-256 of those that are right as a whole; else one of the places is.

    answering: of all documents that answer, the question's own and others.
    """

    documents: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()
    answering: frozenset[str] = frozenset()

    def is_met_by(self, hit: Hit) -> bool:
        """Whether the hit is right."""
        if hit.sha256 in self.documents:
            return True
        span = (hit.chunk.start, hit.chunk.end)
        return any(
            place.sha256 == hit.sha256 and place.page == hit.chunk.page and holds(span, (place.start, place.end))
            for place in self.places
        )


class Targets:
    """Finds in a library what the questions of a set ask for."""

    def __init__(self, library: Library, questions: QuestionSet) -> None:
        self._library = library
        self._set = questions
        self._ids = {d.name: (d.id, d.sha256) for d in library.documents.all()}

    def of(self, question: Question) -> Target:
        """Raises AssertionError where the answer does not stand where the set says."""
        document_id, sha256 = self._document(question.document)
        answering = frozenset([sha256, *(self._document(name)[1] for name in question.others)])
        if question.item:
            return Target(documents=frozenset([sha256]), answering=answering)
        if not question.stands:
            return Target(places=(Place(sha256, 1, question.start, question.end),), answering=answering)
        texts = {page.number: page.text for page in self._library.store.documents.pages(document_id)}
        places = []
        for page, answer in question.stands:
            spans = occurrences(texts[page], answer)
            assert spans, f"{question.id}: {answer!r} does not stand on page {page} of {question.document}"
            places += [Place(sha256, page, *span) for span in spans]
        return Target(places=tuple(places), answering=answering)

    def _document(self, name: str) -> tuple[int, str]:
        if name not in self._ids:
            # another document has the same content
            content = self._set.documents[name]
            data = content.encode("utf-8") if isinstance(content, str) else content.read_bytes()
            same = self._library.documents.with_content(hashlib.sha256(data).hexdigest())
            assert same is not None, f"{name} is not in the library"
            self._ids[name] = (same.id, same.sha256)
        return self._ids[name]


def occurrences(text: str, answer: str) -> list[tuple[int, int]]:
    """Where an answer stands, white space aside: as words of its own, where it does, else anywhere."""
    pattern = r"\s*".join(map(re.escape, answer.split()))
    whole = [found.span() for found in re.finditer(rf"(?<!\w){pattern}(?!\w)", text)]
    return whole or [found.span() for found in re.finditer(pattern, text)]


def rankings(hits: Sequence[Hit]) -> dict[str, list[Hit]]:
    """The candidates of one search, best first, as each ranker has them."""
    return {
        "fused": list(hits),
        "dense": sorted((h for h in hits if h.dense_rank is not None), key=lambda h: h.dense_rank or 0),
        "words": sorted((h for h in hits if h.lexical_rank is not None), key=lambda h: h.lexical_rank or 0),
    }


def ranks(library: Library, questions: QuestionSet) -> dict[str, list[int]]:
    """By ranker the rank of each question, NOT_FOUND where no candidate is right.

    OTHERS, where a question has other documents: those of "fused" if any passage of them or its own is right.
    """
    import torch

    targets = Targets(library, questions)
    found: dict[str, list[int]] = {ranker: [] for ranker in RANKERS}
    any_page: list[int] = []
    torch.set_num_threads(1)  # on a busy machine several wait for each other, many times as long as they work
    for question in questions.questions:
        target = targets.of(question)
        for ranker, hits in rankings(library.search(question.text).hits).items():
            found[ranker].append(first_right(target.is_met_by(hit) for hit in hits))
            if ranker == "fused":
                any_page.append(first_right(hit.sha256 in target.answering for hit in hits))
    if any(question.others for question in questions.questions):
        found[OTHERS] = any_page
    return found


def clusters(questions: Sequence[Question]) -> list[Hashable]:
    """What questions share: their document, and in one with pages the first page that answers."""
    return [(question.document, *(page for page, _ in question.stands[:1])) for question in questions]


def measured(questions: QuestionSet, *, as_it_is: bool = False) -> dict[str, Any]:
    """All figures of a set, as JSON."""
    with indexed(questions, as_it_is=as_it_is) as library:
        found = ranks(library, questions)
        documents = library.documents.all()
        settings = asdict(library.settings.current())
    asked = questions.questions
    result: dict[str, Any] = {
        "questions": len(asked),
        "documents": len(documents),
        "chunks": sum(d.chunks for d in documents),
        "built": built(questions.library or questions.name),
        "settings": {name: settings[name] for name in ("chunk_size", "overlap", "embedding_model")},
        "fingerprint": fingerprint(asked),
        "rankers": {},
    }
    for ranker in RANKERS:
        own = found[ranker]
        row: dict[str, Any] = {"all": _figures(own, asked)}
        if ranker == "fused" and OTHERS in found:
            row[OTHERS] = _figures(found[OTHERS], asked)
        for part in parts(asked):
            places = [i for i, question in enumerate(asked) if part in (question.split, question.kind)]
            row[part] = _figures([own[i] for i in places], [asked[i] for i in places])
        result["rankers"][ranker] = {**row, "ranks": " ".join(map(str, own))}
    return result


def parts(questions: Sequence[Question]) -> list[str]:
    """The splits and the kinds of question of a set."""
    splits = {question.split for question in questions}
    kinds = {question.kind for question in questions} - {""}
    return [*(split for split in SPLITS if split in splits), *sorted(kinds)]


def fingerprint(questions: Sequence[Question]) -> str:
    """Two results with the same one are of the same questions in the same order."""
    said = json.dumps([[q.id, q.text, q.document, q.start, q.end, q.stands] for q in questions])
    return hashlib.sha256(said.encode()).hexdigest()


def compared(name: str, new: dict[str, Any], old: dict[str, Any], questions: Sequence[Question]) -> list[str]:
    """Lines that tell, for each ranker, new less old with its interval; the questions that changed most are counted."""
    if new["fingerprint"] != old.get("fingerprint"):
        return [f"{name}: other questions, nothing to compare"]
    lines = []
    for ranker in RANKERS:
        mine, theirs = (_ranks(one["rankers"][ranker]["ranks"]) for one in (new, old))
        told = "  ".join(
            f"{metric} {d.value:+.4f} [{d.low:+.4f}, {d.high:+.4f}]"
            for metric, d in difference(mine, theirs, clusters(questions)).items()
        )
        better = sum(_depth(a) < _depth(b) for a, b in zip(mine, theirs, strict=True))
        worse = sum(_depth(a) > _depth(b) for a, b in zip(mine, theirs, strict=True))
        lines.append(f"{name:27} {ranker:6} {told}  better {better}, worse {worse}")
    return lines


def table(name: str, result: dict[str, Any], rankers: Sequence[str]) -> list[str]:
    """One line for each ranker and part, with the targets below."""
    lines = []
    for ranker in rankers:
        for part, row in result["rankers"][ranker].items():
            if part != "ranks":
                told = "  ".join(f"{m} {v['value']:.3f} [{v['interval'][0]:.3f}, {v['interval'][1]:.3f}]"
                                 for m, v in row["figures"].items())  # fmt: skip
                lines.append(f"{name:27} {ranker:6} {part:21} {row['questions']:5}  {told}")
    for metric, target in baselines.TARGETS.get(name, {}).items():
        value = result["rankers"]["fused"]["all"]["figures"][metric]["value"]
        lines.append(f"{name:27} target {metric} {target}: {'reached' if value >= target else 'MISSED'} ({value:.4f})")
    return lines


def missed(questions: Sequence[Question], found: Sequence[int], depth: int, split: str) -> list[str]:
    """The questions whose rank is beyond `depth`, those of one split where it is given."""
    return [
        f"{rank or '-':>4} {question.id} {question.text}  ({question.document})"
        for question, rank in zip(questions, found, strict=True)
        if (rank == NOT_FOUND or rank > depth) and (not split or question.split == split)
    ]


def _figures(own: Sequence[int], asked: Sequence[Question]) -> dict[str, Any]:
    found: dict[str, Estimate] = figures(own, clusters(asked))
    return {"questions": len(own), "figures": {name: estimate.rounded() for name, estimate in found.items()}}


def _ranks(text: str) -> list[int]:
    return [int(one) for one in text.split()]


def _depth(rank: int) -> int:
    return rank if rank != NOT_FOUND and rank <= DEPTH else DEPTH + 1


def main() -> None:
    """Measure, print, and keep the figures of the sets measured beside those of the others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", dest="sets", action="append", metavar="NAME", help=f"{', '.join(NAMED)}, or a file")
    parser.add_argument("--ranker", choices=RANKERS, action="append", help="print these alone; all are kept")
    parser.add_argument("--against", type=Path, metavar="FILE", help="an older result to compare with")
    parser.add_argument("--output", type=Path, default=RESULT, help="where to keep the figures (%(default)s)")
    parser.add_argument("--missed", type=int, metavar="K", help="print the questions with a rank beyond K")
    parser.add_argument("--split", default="", choices=SPLITS, help="of those, these alone")
    parser.add_argument("--as-it-is", action="store_true", help="search libraries that older sources made, too")
    given = parser.parse_args()
    old = json.loads(given.against.read_text(encoding="utf-8"))["sets"] if given.against else {}
    result = json.loads(given.output.read_text(encoding="utf-8")) if given.output.is_file() else {"sets": {}}
    unknown = [name for name in given.sets or () if name not in NAMED and not Path(name).is_file()]
    if unknown:
        parser.error(f"no set and no file: {', '.join(unknown)}")
    unfetched = []
    for name in given.sets or available():
        try:
            questions = named(name)
        except CalledProcessError:  # apt-get without a network
            unfetched.append(name)
            continue
        new = measured(questions, as_it_is=given.as_it_is)
        print(*table(questions.name, new, given.ranker or RANKERS), sep="\n")
        if questions.name in old:
            print("against", given.against.name)
            print(*compared(questions.name, new, old[questions.name], questions.questions), sep="\n")
        if given.missed is not None:
            own = _ranks(new["rankers"]["fused"]["ranks"])
            print(*missed(questions.questions, own, given.missed, given.split), sep="\n")
        sys.stdout.flush()
        result["sets"][questions.name] = new
        kept = {"machine": machine(), "baselines": baselines.as_json(), "sets": result["sets"]}
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if unfetched:
        raise SystemExit(f"the documents could not be fetched: {', '.join(unfetched)}")


if __name__ == "__main__":
    main()
