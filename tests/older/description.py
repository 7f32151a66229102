"""What is in a library, as plain JSON named by content, to hold a folder of an older version against.

The vectors are left out: the searches at the end tell whether they are right.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.conversations.panels import Tally
from rag.core.types import ROUTER, Conditions, Conversation, Document, Hit, Scope, Sentence, Turn
from rag.library import Library
from tests.conftest import FakeModels

Searches = Sequence[tuple[str, bool, Scope]]
SEARCHES: Searches = (
    ("Hvor længe er batteriet dækket?", True, Scope()),
    ("How long is the air filter of the heat pump in stock?", True, Scope()),
    ("Hvorfor blev batterigarantien ikke forlænget?", True, Scope()),
    ("lost Wi-Fi settings on 37 controllers", False, Scope()),
    ("Hvad koster et nyt batteri?", True, Scope(tags=("pris",))),
)
"""Question, whether it is searched by meaning as well as by words, and in what."""
TOP = 5


def sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def describe(library: Library, searches: Searches = SEARCHES) -> dict[str, Any]:
    documents = {one.id: one for one in library.documents.all()}
    with library.store.database.read() as db:
        saved = {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM setting ORDER BY key")}
    space = library.store.spaces.active()
    described = {
        "space": asdict(space) if space is not None else None,
        "settings": {"saved": saved, "in_force": asdict(library.settings.current())},
        "tags": library.documents.tags(),
        "documents": [of_document(library, documents[i]) for i in sorted(documents)],
        "assistants": of_assistants(library),
        "conversations": [
            of_conversation(library, one, documents)
            for one in sorted(library.conversations.all(), key=lambda one: one.id)
        ],
        "conversations_newest_first": [one.id for one in library.conversations.all()],
        "conversations_that_say": {
            words: [[one.conversation.id, one.turn_id] for one in library.conversations.mentions(words)]
            for words in ("svømning", "leak detector", "FH-2247")
        },
        "votes": of_votes(library),
        "tally": [of_tally(one) for one in library.panels.tally()],
        "scenarios": library.panels.scenarios(),
        "saved_questions": [
            {
                "id": one.id,
                "turn": one.turn_id,
                "question": one.question,
                "saved": one.saved,
                "vote": one.vote,
                "note": one.note,
                "scenario": one.scenario,
                "passages": [
                    {
                        "document": p.document,
                        **p.place._asdict(),
                        "text": p.text,
                        "right": p.right,
                        "implied": p.implied,
                    }
                    for p in one.passages
                ],
            }
            for one in library.saved_questions.all()
        ],
        "question_runs": [asdict(one) for one in library.question_runs.last(20)],
        "model_trials": {name: asdict(one) for name, one in sorted(library.answer_models.trials.all().items())},
    }
    described["searches"] = [of_search(library, *one) for one in searches]
    return json.loads(json.dumps(described, ensure_ascii=False))


def of_tally(tally: Tally) -> dict[str, Any]:
    fields = asdict(tally)
    fields["asked"] = fields.pop("panels")
    return fields  # as version 0.1 called it


def of_document(library: Library, one: Document) -> dict[str, Any]:
    with library.store.database.read() as db:
        ids = [row[0] for row in db.execute("SELECT id FROM chunk WHERE document_id = ? ORDER BY ordinal", (one.id,))]
    return {
        "id": one.id,
        "name": one.name,
        "media_type": one.media_type,
        "sha256": one.sha256,
        "size": one.size,
        "original_is_whole": hashlib.sha256(library.documents.original(one.id)).hexdigest() == one.sha256,
        "added": one.added,
        "state": one.state.value,
        "language": one.language,
        "title": one.title,
        "tags": list(one.tags),
        "notices": [asdict(notice) for notice in one.notices],
        "pages_count": one.pages,
        "chunks_count": one.chunks,
        "chunks_with_vector": one.chunks_done,
        "pages": [
            {
                "number": page.number,
                "label": page.label,
                "ocr": getattr(page, "ocr", False),  # the code of schema 3 had neither this nor rows
                "text_sha256": sha(page.text),
                "characters": len(page.text),
                "headings": [[heading.level, heading.title, heading.offset] for heading in page.headings],
            }
            for page in library.store.documents.pages(one.id)
        ],
        "chunks": [
            {
                "page": chunk.page,
                "start": chunk.start,
                "end": chunk.end,
                "text": chunk.text,
                "heading_path": list(chunk.heading_path),
                "sentences": [list(span) for span in chunk.sentences],
                "tokens": chunk.tokens,
                "language": chunk.language,
                "row": getattr(chunk, "row", 0),
            }
            for chunk in library.store.chunks.get(ids)
        ],
    }


def of_scope(scope: Scope, documents: dict[int, Document]) -> dict[str, Any]:
    return {
        "documents": [{"id": i, "name": documents[i].name if i in documents else None} for i in scope.documents],
        "tags": list(scope.tags),
        "page": scope.page,
    }


def of_assistants(library: Library) -> list[dict[str, Any]]:
    with library.store.database.read() as db:
        ids = [row[0] for row in db.execute("SELECT id FROM assistant ORDER BY id")]
    return [
        {
            "id": one,
            "removed": not library.assistants.is_there(one),
            "versions": [
                {"version": v.assistant.version, "made": v.made, **asdict(v.assistant)}
                for v in reversed(library.assistants.versions(one))
            ],
        }
        for one in ids
    ]


def of_votes(library: Library) -> list[dict[str, Any]]:
    with library.store.database.read() as db:
        panels: list[Any] = db.execute(
            "SELECT p.id, p.asked, p.scenario, v.voted, v.scenario, v.turn_id, v.contenders FROM panel p"
            " LEFT JOIN vote v ON v.panel_id = p.id ORDER BY p.id"
        ).fetchall()
    return [
        {
            "panel": panel,
            "asked": asked,
            "scenario": scenario,
            "turns": [turn.id for turn in library.conversations.history.of_panel(panel)],
            "vote": None
            if voted is None
            else {"voted": voted, "scenario": of, "best_turn": best, "contenders": json.loads(contenders)},
        }
        for panel, asked, scenario, voted, of, best, contenders in panels
    ]


def of_conversation(library: Library, one: Conversation, documents: dict[int, Document]) -> dict[str, Any]:
    assistant: Any = None
    if one.assistant == ROUTER:
        assistant = {"id": ROUTER, "name": "(router)"}
    elif one.assistant:
        assistant = {"id": one.assistant, "name": library.assistants.get(one.assistant).name}
    return {
        "id": one.id,
        "title": one.title,
        "created": one.created,
        "updated": one.updated,
        "archived": one.archived,
        "scope": of_scope(one.scope, documents),
        "assistant": assistant,
        "shown": [live.turn.id for live in library.conversations.turns(one.id)],
        "turns": [of_turn(library, turn, documents) for turn in library.conversations.history.every_turn(one.id)],
    }


def of_turn(library: Library, turn: Turn, documents: dict[int, Document]) -> dict[str, Any]:
    answer, conditions = turn.answer, turn.conditions
    with library.store.database.read() as db:
        stored = json.loads(db.execute("SELECT content FROM turn WHERE id = ?", (turn.id,)).get)
    return {
        "id": turn.id,
        "ordinal": turn.ordinal,
        "parent": turn.parent_id,
        "variants": library.conversations.variants(turn.id),
        "panel": turn.panel_id,
        "question": turn.question,
        "asked": turn.asked,
        "searched": turn.searched,
        "state": turn.state.value,
        "notice": None if turn.notice is None else asdict(turn.notice),
        "conditions": {
            "scope": of_scope(conditions.scope, documents),
            "pinned": [place._asdict() for place in conditions.pinned],
            "excluded": [place._asdict() for place in conditions.excluded],
            "excluded_documents": list(conditions.excluded_documents),
            "regardless": conditions.regardless,
            "answer_model": conditions.answer_model,
            "assistant": conditions.assistant,
            "assistant_version": conditions.assistant_version,
        },
        "answer": None
        if answer is None
        else {
            "answered": answer.answered,
            "text": answer.text,
            "doubted": answer.doubted,
            "cut_off": answer.cut_off,
            "sentences": [of_sentence(sentence) for sentence in answer.sentences],
            "quotes": [of_sentence(sentence) for sentence in answer.quotes],
        },
        "hits": [{"number": hit.number, **of_hit(hit), "text": hit.chunk.text} for hit in turn.hits],
        "ledger": stored.get("ledger", {}),
        "timings": sorted(turn.timings_ms),
        "timings_ms": turn.timings_ms,
    }


def of_sentence(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "verdict": sentence.verdict.value,
        "citations": [
            {
                "number": cited.number,
                "document": cited.document,
                "sha256": cited.sha256,
                "page": cited.page,
                "start": cited.start,
                "end": cited.end,
                "quote": cited.quote,
            }
            for cited in sentence.citations
        ],
    }


def of_hit(hit: Hit) -> dict[str, Any]:
    return {
        "document": hit.document,
        "sha256": hit.sha256,
        "page": hit.chunk.page,
        "start": hit.chunk.start,
        "end": hit.chunk.end,
        "heading_path": list(hit.chunk.heading_path),
        "row": getattr(hit.chunk, "row", 0),
        "score": rounded(hit.score),
        "dense_score": rounded(hit.dense_score),
        "dense_rank": hit.dense_rank,
        "lexical_score": rounded(hit.lexical_score),
        "lexical_rank": hit.lexical_rank,
        "coverage": rounded(hit.coverage),
        "spelling": rounded(hit.spelling),
        "relevance": rounded(hit.relevance),
        "used": hit.used,
        "reason": hit.reason,
    }


def of_search(library: Library, question: str, meaning: bool, scope: Scope) -> dict[str, Any]:
    found = library.search(question, meaning=meaning, conditions=Conditions(scope))
    return {
        "question": question,
        "by_meaning": meaning,
        "tags": list(scope.tags),
        "candidates": len(found.hits),
        "words": list(found.query.words),
        "hits": [{"rank": hit.retrieved_rank, **of_hit(hit)} for hit in found.hits[:TOP]],
    }


def described_at(path: Path, searches: Searches = SEARCHES, *, work: bool = False) -> dict[str, Any]:
    """What is in a folder, or in a zip of one, unpacked to a fresh folder, which is left as it is.

    work: as the app opens it, with its threads in the background.
    """
    with tempfile.TemporaryDirectory() as fresh:
        folder = Path(fresh) / "library"
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
        else:
            shutil.copytree(path, folder)
        with Library.open(folder, work=work, models=FakeModels()) as library:
            assert not work or library.wait(60)
            if hasattr(library, "trouble"):
                assert not library.trouble()
            return describe(library, searches)
