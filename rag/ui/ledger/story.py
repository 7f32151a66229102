"""How an answer came about, in a few plain sentences."""

from __future__ import annotations

from rag.core.i18n import say
from rag.core.types import Turn, TurnState, Verdict
from rag.ui.i18n import text
from rag.ui.shell.formatting import number as written_number
from rag.ui.shell.formatting import visible

NOT_ASKED = "ledger_no_prompt"
THRESHOLD = 0.5
"""Of `rag.answering.answerability.Answerability`."""


def story(turn: Turn, language: str) -> list[str]:
    """The sentences, in the order in which things happened. What was not recorded is passed over."""
    told = [
        *_assistant(turn, language),
        *_search(turn, language),
        *_selection(turn, language),
        *_decision(turn, language),
        *_answer(turn, language),
        *_steps(turn, language),
    ]
    if turn.state is TurnState.RUNNING:
        told.append(text("story_running", language))
    elif turn.notice is not None:
        told.append(say(turn.notice.code, language, **turn.notice.values))
    elif turn.state is not TurnState.DONE:
        told.append(say("cancelled" if turn.state is TurnState.STOPPED else "error", language))
    total = turn.timings_ms.get("total")
    if total is not None:
        told.append(text("story_time", language, seconds=written_number(max(total / 1000, 0.1), 1, language)))
    return told


def counted(key: str, count: int, language: str, **values: object) -> str:
    """The text for `key`, in the form for `count`."""
    return text(key, language, count=count, **values)


def percent(probability: float) -> int:
    """1 to 99: a judgement is never certain."""
    return min(99, max(1, round(100 * probability)))


def preferred(turn: Turn, language: str) -> list[str]:
    """How many candidates an assistant's preference moved up, and how many it left out, as far as there are any."""
    favoured = len(turn.ledger.get("favoured") or {})
    avoided = sum(candidate.get("why") == "avoided" for candidate in turn.ledger.get("candidates", ()))
    counts = (("story_favoured", favoured), ("story_avoided", avoided))
    return [counted(key, count, language) for key, count in counts if count]


def _assistant(turn: Turn, language: str) -> list[str]:
    kept = turn.ledger.get("assistant")
    if not kept:
        return []
    name = visible(kept["name"])
    weighed = (kept.get("routed") or {}).get("weighed", ())
    if len(weighed) > 1:
        return [text("story_routed", language, name=name, version=kept["version"])]
    return [text("story_assistant", language, name=name, version=kept["version"])]


def _steps(turn: Turn, language: str) -> list[str]:
    further = [step for step in turn.ledger.get("steps", ())[1:] if step["output"]]
    if not further:
        return []
    return [counted("story_steps", len(further), language, names=" → ".join(visible(step["name"]) for step in further))]


def _search(turn: Turn, language: str) -> list[str]:
    searched = turn.searched or turn.question
    scope = turn.ledger.get("searched_in")
    if not turn.searched:
        return []
    if scope is None:
        return [text("story_searched_some", language, searched=searched)]
    told = [counted("story_searched", scope["count"], language, searched=searched)]
    if turn.conditions.scope:
        told.append(text("story_scope", language))
    if searched != turn.question and turn.ledger.get("earlier") is not None:
        told.append(text("story_follow_up", language))
    return told


def _selection(turn: Turn, language: str) -> list[str]:
    found = turn.ledger.get("candidates")
    if found is None:
        return []
    if not found:
        return [text("story_nothing", language)]
    meaning = any(candidate["dense_rank"] is not None for candidate in found)
    words = any(candidate["lexical_rank"] is not None for candidate in found)
    by = text("story_by_both" if meaning and words else "story_by_meaning" if meaning else "story_by_words", language)
    told = [counted("story_compared", len(found), language, by=by, used=len(turn.hits))]
    conditions = turn.conditions
    if conditions.pinned:
        told.append(counted("story_pinned", len(conditions.pinned), language))
    if excluded := len(conditions.excluded) + len(conditions.excluded_documents):
        told.append(counted("story_excluded", excluded, language))
    told += preferred(turn, language)
    if carried := sum(bool(candidate.get("carried") and candidate.get("number")) for candidate in found):
        told.append(counted("story_carried", carried, language))
    return told


def _decision(turn: Turn, language: str) -> list[str]:
    probability = turn.ledger.get("evidence", {}).get("probability")
    if probability is None or not turn.hits:
        return []
    told = [text("story_judged", language, percent=percent(probability))]
    if turn.answer is None:
        return told
    if turn.answer.doubted:
        told.append(text("story_doubted" if turn.conditions.regardless else _doubted(turn), language))
    elif not turn.answer.answered:
        told.append(text("story_refused" if probability < THRESHOLD else "story_no_sentence", language))
    return told


def _doubted(turn: Turn) -> str:
    return "story_doubted_assistant" if turn.ledger.get("assistant") else "story_doubted"


def _answer(turn: Turn, language: str) -> list[str]:
    answer = turn.answer
    if answer is None or not answer.answered:
        return []
    quotes = counted("story_quoted", len(answer.quotes), language)
    if not answer.is_written:
        return [quotes]
    told = [quotes, *_written(turn, language)]
    perspective = sum(sentence.verdict is Verdict.PERSPECTIVE for sentence in answer.sentences)
    own = len(answer.sentences) - perspective
    supported = sum(sentence.verdict is Verdict.SUPPORTED for sentence in answer.sentences)
    told.append(text("story_checked", language, supported=supported, all=own))
    if perspective:
        told.append(counted("story_perspective", perspective, language))
    return told


def _written(turn: Turn, language: str) -> list[str]:
    """What the assistant's own model did; nothing where only a later step has one."""
    prompt = turn.ledger.get("prompt") or {}
    if not prompt and turn.ledger.get("steps"):
        return []
    model = visible(str(turn.ledger.get("answer_model", "")))
    read = [hit for hit in turn.hits if hit.used]
    room = ""
    if "tokens" in prompt:
        key = "story_room_estimated" if prompt.get("estimated") else "story_room"
        room = text(key, language, tokens=prompt["tokens"], context=prompt["context"])
    told = [counted("story_written", len(read), language, model=model, room=room)]
    if left_out := len(turn.hits) - len(read):
        told.append(counted("story_no_room", left_out, language))
    return told
