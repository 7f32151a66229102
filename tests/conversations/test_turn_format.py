"""A turn's stored JSON is read and written by one module, and stays as it is."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rag.conversations.turn_format import content_of, decode_trace, encode_trace, turn_from
from rag.core.types import Trace
from rag.core.types.trace import NOBODY, QueryTrace
from rag.store.records_protocol import TurnRow

DATA = Path(__file__).parent.parent / "older" / "data"
TURNS = {"library-0.1": 43, "library-fts5": 4}


def stored_turns(name: str, folder: Path) -> list[TurnRow]:
    with zipfile.ZipFile(DATA / f"{name}.zip") as archive:
        archive.extract("kilde.db", folder)
    db = sqlite3.connect(folder / "kilde.db")
    rows = db.execute(
        "SELECT id, conversation_id, ordinal, question, asked, state, content, parent_id, panel_id FROM turn"
    ).fetchall()
    db.close()
    return [TurnRow(*row) for row in rows]


def with_defaults(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """What these were written before: what a document's name and a reranker say, what a quote stands under and the rest
    of its list, and who wrote an answer; library-fts5 also before a chunk's row, and a candidate's rows and relevance.
    """
    without = content["ledger"].get("angle", {}).get("without", ())
    answer = content.get("answer") or {"sentences": [], "quotes": []}
    for sentence in (*answer["sentences"], *answer["quotes"], *(without or ())):
        sentence |= {"under": "", "rest": [], "short": ""}
    answer.setdefault("by_model", False)
    for one in (*content["hits"], *(content["ledger"].get("candidates") or ())):
        one["named"] = one["reranked"] = None
    if name != "library-fts5":
        return content
    for hit in content["hits"]:
        hit["chunk"].setdefault("row", 0)
    for candidate in content["ledger"].get("candidates", ()):
        candidate.setdefault("rows", None)
        candidate.setdefault("relevance", None)
    return content


@pytest.mark.parametrize("name", TURNS)
def test_every_stored_turn_is_written_as_it_was_read(name: str, tmp_path: Path) -> None:
    rows = stored_turns(name, tmp_path)
    assert len(rows) == TURNS[name]
    for row in rows:
        turn = turn_from(row)
        encoded, stored = json.loads(content_of(turn)), json.loads(row.content)
        expected = with_defaults(name, stored)
        assert encoded == expected
        assert list(encoded) == list(expected)
        assert turn_from(row._replace(content=content_of(turn))) == turn


def test_a_hit_has_its_place_among_all_candidates_and_among_those_used(tmp_path: Path) -> None:
    pinned = 0
    for turn in map(turn_from, stored_turns("library-0.1", tmp_path)):
        assert [hit.number for hit in turn.hits] == list(range(1, len(turn.hits) + 1))
        ranks = {one.number: one.rank for one in turn.trace.retrieval.candidates or () if one.number}
        assert {hit.number: hit.retrieved_rank for hit in turn.hits} == ranks
        pinned += any(hit.retrieved_rank != hit.number for hit in turn.hits)
    assert pinned


def test_nothing_is_stored_of_an_empty_trace() -> None:
    assert encode_trace(Trace()) == {}
    assert decode_trace({}) == Trace()


def test_what_a_word_was_taken_for_is_read_as_it_was_written() -> None:
    trace = Trace(QueryTrace(("lydefekten",), (("lydefekt",),), corrections=(("lydefekten", "Lydeffekt"),)))
    assert decode_trace(json.loads(json.dumps(encode_trace(trace)))) == trace
    assert decode_trace({"words": ["lydeffekt"]}).query.corrections == ()


def test_nobody_asked_is_told_from_not_recorded() -> None:
    assert decode_trace({"assistant": None}).plan.assistant == NOBODY
    assert decode_trace({"k": 4}).plan.assistant is None
    assert encode_trace(decode_trace({"assistant": None})) == {"assistant": None}
    assert encode_trace(decode_trace({"k": 4})) == {"k": 4}


def test_a_trace_of_an_early_version_is_read() -> None:
    trace = decode_trace(
        {
            "k": 4,
            "candidates": [{"rank": 1, "used": True, "score": 0.5}, {"rank": 2, "used": False, "score": 0.25}, {}],
            "prompt": {"system": "Svar.", "user": "<passage>", "left_out": 0},
            "evidence": {"probability": 0.9, "of_tomorrow": 1.25},
        }
    )
    candidates = trace.retrieval.candidates
    assert candidates is not None
    assert [(row.number, row.why, row.place) for row in candidates] == [
        (1, "used", None),
        (None, "beyond_k", None),
        (None, "beyond_k", None),
    ]
    prompt = trace.writing.generation.prompt
    assert prompt is not None and (prompt.text, prompt.tokens) == ("Svar.\n\n<passage>", None)
    assert (trace.answerability.probability, trace.answerability.signals) == (0.9, {"of_tomorrow": 1.25})
