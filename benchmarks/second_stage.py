"""What else could be done with what a search finds, and would it pay? python -m benchmarks.second_stage

Each variant ranks the candidates of Kilde's own search anew, or searches once more with what the first passages say;
the others of `docs/retrieval.md` change what is indexed, and were measured with stores of their own. Rows are R@1,
R@4 and MRR, by variant and set, and how many questions are found among the first four that were not, and the other way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.metrics import first_right, mrr, recall, recall_values
from benchmarks.named_sets import named
from benchmarks.question_sets import indexed
from benchmarks.retrieval import Targets
from rag.core.text.sentences import query_words
from rag.core.types import Hit
from rag.library import Library
from rag.retrieval.fusion import CANDIDATES, DENSE_WEIGHT, fuse, rerank
from rag.retrieval.query import Retrieval
from rag.retrieval.searcher import ranked
from rag.store.values import Candidate, Vector
from rag.store.vectors.blobs import COLUMNS, blocks

RESULT = Path(__file__).parent / "results" / "second_stage.json"
SETS = {"xquad_en": "", "norquad_validation": "", "danish": "dev", "libreoffice_titles": ""}
"""By set the split that is asked; the others take no part in a choice."""
FED_BACK = 3
"""Passages that a second search learns from."""
WORDS_FED_BACK = 5
SHORT = 3
"""Words of a short question, beside those that say nothing."""
_CODE = re.compile(r"\d|[A-ZÆØÅ]{2,}|[/_@\\]|\w\.\w")


@dataclass(frozen=True, slots=True)
class Search:
    """One question in a library, and what Kilde found.

    vectors: by chunk id, (d,) float32, of all chunks. after: by chunk id the chunk that follows in its document.
    """

    library: Library
    question: str
    found: Retrieval
    vectors: Mapping[int, Vector]
    after: Mapping[int, int]

    @property
    def hits(self) -> list[Hit]:
        return self.found.hits


def diverse(share: float) -> Callable[[Search], list[Hit]]:
    """Maximal marginal relevance (Carbonell and Goldstein, 1998). share: of relevance, 0..1, in each choice."""

    def rank(search: Search) -> list[Hit]:
        rest, chosen = list(search.hits[:20]), []
        nearest = dict.fromkeys((hit.chunk.id for hit in rest), -1.0)
        while rest:
            best = max(rest, key=lambda hit: share * hit.score - (1 - share) * nearest[hit.chunk.id])
            rest.remove(best)
            chosen.append(best)
            for hit in rest:
                likeness = float(search.vectors[hit.chunk.id] @ search.vectors[best.chunk.id])
                nearest[hit.chunk.id] = max(nearest[hit.chunk.id], likeness)
        return chosen + search.hits[20:]

    return rank


def without_near_equal(cosine: float) -> Callable[[Search], list[Hit]]:
    """A passage nearly equal to one before it is set back behind all others."""

    def rank(search: Search) -> list[Hit]:
        first: list[Hit] = []
        back: list[Hit] = []
        for hit in search.hits:
            own = search.vectors[hit.chunk.id]
            equal = any(float(own @ search.vectors[other.chunk.id]) >= cosine for other in first)
            (back if equal else first).append(hit)
        return first + back

    return rank


def with_following(search: Search) -> list[Hit]:
    """The passage after the first one takes the place of the fourth: what is asked for may follow where it is named."""
    hits = search.hits
    following = search.after.get(hits[0].chunk.id) if hits else None
    found = {hit.chunk.id: hit for hit in hits}
    if following is None or following not in found or found[following] in hits[:4]:
        return hits
    rest = [hit for hit in hits if hit.chunk.id != following]
    return [*rest[:3], found[following], *rest[3:]]


def meaning_fed_back(share: float) -> Callable[[Search], list[Hit]]:
    """Searched again with the question's vector moved towards the first passages (Rocchio, 1971)."""

    def rank(search: Search) -> list[Hit]:
        vector = search.found.vector
        if vector is None or not search.hits:
            return search.hits
        middle = np.mean([search.vectors[hit.chunk.id] for hit in search.hits[:FED_BACK]], axis=0)
        moved = (1 - share) * vector + share * middle
        return again(search, (moved / np.linalg.norm(moved)).astype(np.float32), search.found.query.stems)

    return rank


def words_fed_back(search: Search) -> list[Hit]:
    """Searched again with the rarest words that two of the first passages share, beside those of the question."""
    store = search.library.store
    asked = {stem for word in search.found.query.stems for stem in word}
    counted: dict[str, int] = {}
    for hit in search.hits[:FED_BACK]:
        for word in query_words(hit.chunk.text, [hit.chunk.language or "da"]):
            counted[word[0]] = counted.get(word[0], 0) + 1
    shared = [stem for stem, n in counted.items() if n > 1 and stem not in asked]
    rarity = store.chunks.rarity(shared)
    new = sorted(shared, key=lambda stem: -rarity.get(stem, 0.0))[:WORDS_FED_BACK]
    return again(search, search.found.vector, [*search.found.query.stems, *([stem] for stem in new)])


def weighed(short: float, coded: float) -> Callable[[Search], list[Hit]]:
    """Fused with another share of meaning for questions of few words, and for those with a code or a number."""

    def rank(search: Search) -> list[Hit]:
        share = DENSE_WEIGHT
        if len(search.found.query.stems) <= SHORT:
            share = short
        if _CODE.search(search.question):
            share = coded
        if share == DENSE_WEIGHT:
            return search.hits
        candidates = [
            Candidate(h.chunk, h.document, h.sha256, h.dense_score, h.dense_rank, h.lexical_score, h.lexical_rank)
            for h in search.hits
        ]
        coverage = {hit.chunk.id: hit.coverage or 0.0 for hit in search.hits}
        spelling = {hit.chunk.id: hit.spelling or 0.0 for hit in search.hits}
        return rerank(fuse(candidates, share), coverage, spelling)

    return rank


def again(search: Search, vector: Vector | None, stems: Sequence[Sequence[str]]) -> list[Hit]:
    """A second search, ranked by the question that was asked."""
    store = search.library.store
    space = store.spaces.active()
    candidates = store.chunks.search(vector, stems, CANDIDATES, None, space.id if space else None)
    asked = dict(zip(map(tuple, search.found.query.stems), search.found.query.words, strict=True))
    return ranked(store.chunks, candidates, asked, search.found.rarity, search.found.query.searched)


VARIANTS: dict[str, Callable[[Search], list[Hit]]] = {
    "kept": lambda search: search.hits,
    "MMR, .9 relevance": diverse(0.9),
    "MMR, .7 relevance": diverse(0.7),
    "near-equal passages set back, cosine .98": without_near_equal(0.98),
    "near-equal passages set back, cosine .95": without_near_equal(0.95),
    "the passage after the first as the fourth": with_following,
    "short questions: .6 meaning": weighed(0.6, DENSE_WEIGHT),
    "short questions: .9 meaning": weighed(0.9, DENSE_WEIGHT),
    "questions with a code or number: .6 meaning": weighed(DENSE_WEIGHT, 0.6),
    "questions with a code or number: .9 meaning": weighed(DENSE_WEIGHT, 0.9),
    "meaning fed back, .2": meaning_fed_back(0.2),
    "meaning fed back, .4": meaning_fed_back(0.4),
    "words fed back": words_fed_back,
}


def measured(name: str, split: str) -> dict[str, Any]:
    """The rows of one set, by variant."""
    questions = named(name)
    asked = [question for question in questions.questions if not split or question.split == split]
    ranks: dict[str, list[int]] = {variant: [] for variant in VARIANTS}
    with indexed(questions) as library:
        targets = Targets(library, questions)
        vectors, after = _chunks(library)
        for question in asked:
            target = targets.of(question)
            search = Search(library, question.text, library.search(question.text), vectors, after)
            for variant, rank in VARIANTS.items():
                ranks[variant].append(first_right(target.is_met_by(hit) for hit in rank(search)))
    kept = recall_values(ranks["kept"], 4)
    return {
        variant: {
            "questions": len(own),
            "r_at_1": round(recall(own, 1), 4),
            "r_at_4": round(recall(own, 4), 4),
            "mrr": round(mrr(own), 4),
            "gained": int((recall_values(own, 4) > kept).sum()),
            "lost": int((recall_values(own, 4) < kept).sum()),
        }
        for variant, own in ranks.items()
    }


def _chunks(library: Library) -> tuple[dict[int, Vector], dict[int, int]]:
    """By chunk id the vector, and the chunk that follows in its document."""
    vectors: dict[int, Vector] = {}
    after: dict[int, int] = {}
    with library.store.database.read() as db:
        for ids, block in blocks(db.execute(f"SELECT {COLUMNS} FROM embedding")):
            vectors.update(zip(ids.tolist(), block, strict=True))
    for document in library.documents.all():
        ids = [chunk.id for chunk in library.store.chunks.of_document(document.id)]
        after.update(pairwise(ids))
    return vectors, after


def main() -> None:
    """Measure, print, keep."""
    sets = {}
    for name, split in SETS.items():
        sets[name] = measured(name, split)
        for variant, row in sets[name].items():
            print(f"{name:20} {variant:45}", *(f"{key} {value}" for key, value in row.items()), flush=True)
    result = {"machine": machine(), "splits": SETS, "sets": sets}
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
