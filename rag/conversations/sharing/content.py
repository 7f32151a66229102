"""The content of a shared conversation, independent of the file format. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.conversations.corrections import corrections_said
from rag.core.i18n import say, text
from rag.core.locations import headings_of, position_of
from rag.core.text.invisible import visible
from rag.core.types import Citation, Conversation, Hit, Sentence, Span, Turn, TurnState, Verdict

_WORDS = (
    "answer",
    "asked",
    "angle",
    "made",
    "model",
    "partly",
    "quotes",
    "searched",
    "sources",
    "unsupported",
)  # each is a text of `rag.core.i18n`, shared_…


@dataclass(frozen=True, slots=True)
class SharedSentence:
    """A sentence. numbers: of its sources; remark: the verdict as text if it is not supported, else ""."""

    text: str
    numbers: tuple[int, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class Source:
    """A passage. where: its page and heading. parts: its text in pieces, each with whether it is cited."""

    number: int
    document: str
    where: str
    parts: tuple[tuple[str, bool], ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class SharedTurn:
    """One turn. remarks: texts before the answer, such as a refusal. sentences: by a model, or ()."""

    question: str
    asked_at: str
    searched: str
    remarks: tuple[str, ...]
    sentences: tuple[SharedSentence, ...]
    quotes: tuple[SharedSentence, ...]
    sources: tuple[Source, ...]
    model: str


@dataclass(frozen=True, slots=True)
class SharedConversation:
    """A conversation to share. words: fixed texts in its language; stored_turns: as stored, for JSON."""

    title: str
    language: str
    turns: tuple[SharedTurn, ...]
    stored_turns: tuple[Turn, ...]
    words: Mapping[str, str]


def shared(conversation: Conversation, turns: Sequence[Turn], language: str, sources: bool) -> SharedConversation:
    """The content to share. sources: whether to include passages; their numbers and documents are always included."""
    ended = [turn for turn in turns if turn.state is not TurnState.RUNNING]
    words = {key: text(f"shared_{key}", language) for key in _WORDS}
    shared_turns = tuple(_shared_turn(turn, language, words, sources) for turn in ended)
    return SharedConversation(visible(conversation.title), language, shared_turns, tuple(ended), words)


def _shared_turn(turn: Turn, language: str, words: Mapping[str, str], with_text: bool) -> SharedTurn:
    answer = turn.answer
    remarks = [corrected] if (corrected := corrections_said(turn, language)) else []
    if answer is not None and not answer.answered:
        remarks.append(answer.text)
    if answer is not None and answer.doubted:
        remarks.append(say("doubted", language))
    if turn.notice is not None:
        remarks.append(say(turn.notice.code, language, **turn.notice.values))
    elif turn.state is TurnState.STOPPED:
        remarks.append(say("cancelled", language))
    elif turn.state is TurnState.FAILED:
        remarks.append(say("error", language))
    quotes = answer.quotes if answer is not None and answer.answered else ()
    sentences = answer.sentences if answer is not None and answer.sentences != quotes else ()
    cited = [c for sentence in (*sentences, *quotes) for c in sentence.citations]
    cited_hits = [hit for hit in turn.hits if any(c.number == hit.number for c in cited)]
    generator = turn.trace.writing.generation.generator
    return SharedTurn(
        visible(turn.question),
        turn.asked[:16].replace("T", " "),
        visible(turn.searched) if turn.searched not in ("", turn.question) else "",
        tuple(map(visible, remarks)),
        tuple(_shared_sentence(sentence, words) for sentence in sentences),
        tuple(_shared_sentence(sentence, words) for sentence in quotes),
        tuple(_source(hit, cited, language, with_text) for hit in cited_hits),
        visible(str(generator.get("model", ""))) if sentences else "",
    )


def _shared_sentence(sentence: Sentence, words: Mapping[str, str]) -> SharedSentence:
    remarks = {Verdict.PARTLY: "partly", Verdict.UNSUPPORTED: "unsupported", Verdict.PERSPECTIVE: "angle"}
    remark = remarks.get(sentence.verdict)
    numbers = tuple(dict.fromkeys(citation.number for citation in sentence.citations))
    return SharedSentence(visible(sentence.text), numbers, words[remark] if remark else "")


def _source(hit: Hit, cited: Sequence[Citation], language: str, with_text: bool) -> Source:
    chunk = hit.chunk
    where = [position_of(hit, language, cited), headings_of(hit)]
    spans = {
        Span(max(c.start - chunk.start, 0), min(c.end - chunk.start, len(chunk.text)))
        for c in cited
        if c.number == hit.number and c.page == chunk.page
    }
    parts, done = [], 0
    for start, end in sorted(spans):
        if end > max(start, done):
            parts += [(chunk.text[done : max(start, done)], False), (chunk.text[max(start, done) : end], True)]
            done = end
    parts.append((chunk.text[done:], False))
    return Source(
        hit.number,
        visible(hit.document),
        visible(", ".join(filter(None, where))),
        tuple((visible(text), marked) for text, marked in parts if text) if with_text else (),
        hit.sha256,
    )
