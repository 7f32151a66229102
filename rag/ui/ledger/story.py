"""How an answer came about, in a few plain sentences."""

from rag.core.i18n import say
from rag.core.types import Turn, TurnState, Verdict
from rag.ui.i18n import text
from rag.ui.shell.formatting import format_number as written_number
from rag.ui.shell.formatting import visible

NOT_ASKED = "ledger_no_prompt"
THRESHOLD = 0.5
"""Of `rag.answering.answerability.Answerability`."""


def story(turn: Turn, language: str) -> list[str]:
    """The sentences, in the order in which things happened. What was not recorded is passed over."""
    sentences = [
        *_assistant(turn, language),
        *_search(turn, language),
        *_selection(turn, language),
        *_decision(turn, language),
        *_answer(turn, language),
        *_steps(turn, language),
    ]
    if turn.state is TurnState.RUNNING:
        sentences.append(text("story_running", language))
    elif turn.notice is not None:
        sentences.append(say(turn.notice.code, language, **turn.notice.values))
    elif turn.state is not TurnState.DONE:
        sentences.append(say("cancelled" if turn.state is TurnState.STOPPED else "error", language))
    total = turn.timings_ms.get("total")
    if total is not None:
        sentences.append(text("story_time", language, seconds=written_number(max(total / 1000, 0.1), 1, language)))
    return sentences


def counted(key: str, count: int, language: str, **values: object) -> str:
    """The text for `key`, in the form for `count`."""
    return text(key, language, count=count, **values)


def percent(probability: float) -> int:
    """1 to 99: a judgement is never certain."""
    return min(99, max(1, round(100 * probability)))


def preferred(turn: Turn, language: str) -> list[str]:
    """How many candidates an assistant's preference moved up, and how many it left out, as far as there are any."""
    retrieval = turn.trace.retrieval
    favoured = len(retrieval.favoured)
    avoided = sum(candidate.why == "avoided" for candidate in retrieval.candidates or ())
    counts = (("story_favoured", favoured), ("story_avoided", avoided))
    return [counted(key, count, language) for key, count in counts if count]


def _assistant(turn: Turn, language: str) -> list[str]:
    assistant = turn.trace.plan.assistant
    if not assistant:
        return []
    key = "story_routed" if len(assistant.weighed) > 1 else "story_assistant"
    return [text(key, language, name=visible(assistant.name), version=assistant.version)]


def _steps(turn: Turn, language: str) -> list[str]:
    further = [step for step in turn.trace.writing.steps[1:] if step.output]
    if not further:
        return []
    return [counted("story_steps", len(further), language, names=" → ".join(visible(step.name) for step in further))]


def _search(turn: Turn, language: str) -> list[str]:
    searched = turn.searched or turn.question
    scope = turn.trace.retrieval.searched_in
    if not turn.searched:
        return []
    if scope is None:
        return [text("story_searched_some", language, searched=searched)]
    sentences = [counted("story_searched", scope.count, language, searched=searched)]
    if turn.conditions.scope:
        sentences.append(text("story_scope", language))
    if searched != turn.question and turn.trace.query.earlier is not None:
        sentences.append(text("story_follow_up", language))
    return sentences


def _selection(turn: Turn, language: str) -> list[str]:
    candidates = turn.trace.retrieval.candidates
    if candidates is None:
        return []
    if not candidates:
        return [text("story_nothing", language)]
    meaning = any(candidate.dense_rank is not None for candidate in candidates)
    words = any(candidate.lexical_rank is not None for candidate in candidates)
    by = text("story_by_both" if meaning and words else "story_by_meaning" if meaning else "story_by_words", language)
    sentences = [counted("story_compared", len(candidates), language, by=by, used=len(turn.hits))]
    conditions = turn.conditions
    if conditions.pinned:
        sentences.append(counted("story_pinned", len(conditions.pinned), language))
    if excluded := len(conditions.excluded) + len(conditions.excluded_documents):
        sentences.append(counted("story_excluded", excluded, language))
    sentences += preferred(turn, language)
    if carried := sum(candidate.carried and candidate.number is not None for candidate in candidates):
        sentences.append(counted("story_carried", carried, language))
    return sentences


def _decision(turn: Turn, language: str) -> list[str]:
    probability = turn.trace.answerability.probability
    if probability is None or not turn.hits:
        return []
    sentences = [text("story_judged", language, percent=percent(probability))]
    if turn.answer is None:
        return sentences
    if turn.answer.doubted:
        sentences.append(text("story_doubted" if turn.conditions.regardless else _doubted(turn), language))
    elif not turn.answer.answered:
        sentences.append(text("story_refused" if probability < THRESHOLD else "story_no_sentence", language))
    return sentences


def _doubted(turn: Turn) -> str:
    return "story_doubted_assistant" if turn.trace.plan.assistant else "story_doubted"


def _answer(turn: Turn, language: str) -> list[str]:
    answer = turn.answer
    if answer is None or not answer.answered:
        return []
    quotes = counted("story_quoted", len(answer.quotes), language)
    if not answer.is_written:
        return [quotes]
    sentences = [quotes, *_written(turn, language)]
    perspective = sum(sentence.verdict is Verdict.PERSPECTIVE for sentence in answer.sentences)
    own = len(answer.sentences) - perspective
    supported = sum(sentence.verdict is Verdict.SUPPORTED for sentence in answer.sentences)
    sentences.append(text("story_checked", language, supported=supported, all=own))
    if perspective:
        sentences.append(counted("story_perspective", perspective, language))
    return sentences


def _written(turn: Turn, language: str) -> list[str]:
    """What the assistant's own model did; nothing where only a later step has one."""
    prompt = turn.trace.writing.generation.prompt
    if prompt is None and turn.trace.writing.steps:
        return []
    model = visible(turn.trace.plan.model)
    read = [hit for hit in turn.hits if hit.used]
    room = ""
    if prompt is not None and prompt.tokens is not None:
        key = "story_room_estimated" if prompt.estimated else "story_room"
        room = text(key, language, tokens=prompt.tokens, context=prompt.context)
    sentences = [counted("story_written", len(read), language, model=model, room=room)]
    if left_out := len(turn.hits) - len(read):
        sentences.append(counted("story_no_room", left_out, language))
    return sentences
