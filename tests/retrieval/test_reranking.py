from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.conversations.turn_format import decode_trace, encode_trace
from rag.core.types import Hit, Notice
from rag.library import Library
from rag.models.chosen.registry import RERANKED
from rag.retrieval.reranking import reordered
from tests.factories import hit
from tests.tiny_models import make_judge

QUESTION = "Hvor mange dage er batteriet dækket?"


def ranked_hits(count: int) -> list[Hit]:
    return [hit(n, f"Tekst {n}.", score=1.0 - n / 100) for n in range(1, count + 1)]


def test_the_first_candidates_take_the_order_of_their_scores_and_the_rest_stays() -> None:
    hits = ranked_hits(5)
    found = reordered(hits, [0.2, 0.9, 0.5])
    assert [h.chunk.id for h in found] == [hits[at].chunk.id for at in (1, 2, 0, 3, 4)]
    assert [h.retrieved_rank for h in found] == [1, 2, 3, 4, 5]
    assert [h.score for h in found] == [h.score for h in hits]


def test_equal_scores_keep_the_order_of_the_search() -> None:
    hits = ranked_hits(4)
    assert [h.chunk.id for h in reordered(hits, [0.5] * 4)] == [h.chunk.id for h in hits]


def test_the_likelihood_of_a_passage_goes_by_its_new_place() -> None:
    hits = reordered(ranked_hits(4), [0.1, 0.2, 0.3, 0.9])
    assert hits[0].relevance is not None and hits[1].relevance is not None
    assert hits[0].relevance > hits[1].relevance


def filled_with(library: Library, count: int) -> None:
    for n in range(count):
        library.documents.add(f"{n}.txt", f"Batteriet nummer {n} er dækket i {n} dage, og mere {'ord ' * n}.".encode())
    library.wait()


def order(hits: Sequence[Hit]) -> list[str]:
    return [h.document for h in hits]


def test_a_real_reranker_orders_the_candidates_of_a_question(library: Library, tmp_path: Path) -> None:
    filled_with(library, RERANKED + 3)
    asked = library.ask(QUESTION)
    searched = library.search(QUESTION).hits
    folder = make_judge(tmp_path / "reranker", ())
    library.settings.save(library.settings.current().changed(reranker_model=str(folder), k=RERANKED))
    loading = library.ask(QUESTION)
    assert loading.notice == Notice("chosen_model_loading", {"model": str(folder)})
    assert order(loading.hits)[: len(asked.hits)] == order(asked.hits)
    library.chosen_models.wait(60)
    turn = library.ask(QUESTION)
    assert turn.notice is None and turn.timings_ms["rerank"] > 0
    scores, _ = library.chosen_models.scores(QUESTION, [h.chunk.text for h in searched[:RERANKED]])
    assert scores is not None
    best_first = sorted(range(RERANKED), key=lambda at: -scores.values[at])
    assert order(turn.hits) == [searched[at].document for at in best_first]
    assert [h.reranked for h in turn.hits] == pytest.approx([scores.values[at] for at in best_first])
    assert turn.trace.retrieval.reranker == str(folder)
    stored = decode_trace(encode_trace(turn.trace)).retrieval
    assert stored == turn.trace.retrieval and stored.candidates is not None
    assert stored.candidates[0].reranked == pytest.approx(turn.hits[0].reranked, abs=1e-4)
    assert order(turn.hits) != order(searched)[:RERANKED]


def test_a_reranker_that_cannot_be_used_changes_nothing_but_says_so(library: Library, tmp_path: Path) -> None:
    filled_with(library, 6)
    before = library.ask(QUESTION)
    judge = make_judge(tmp_path / "judge", ("neutral", "entailment"))
    library.settings.save(library.settings.current().changed(reranker_model=str(judge)))
    library.chosen_models.wait(60)
    turn = library.ask(QUESTION)
    assert order(turn.hits) == order(before.hits)
    assert turn.notice is not None and turn.notice.code == "not_a_reranker"
    assert turn.trace.retrieval.reranker == ""
    assert "rerank" not in turn.timings_ms
