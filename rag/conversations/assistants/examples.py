"""Examples for an assistant, made from an answer that the user liked."""

from rag.conversations.assistants.validation import MAX_EXAMPLE
from rag.core.errors import InvalidAssistant
from rag.core.types import Assistant, Example, Sentence, Turn, Verdict


def example_from(turn: Turn, assistant: Assistant | None = None) -> Example:
    """The question of a turn, the passages that its answer cites, in the order of their first citation, and the answer.

    The answer names the passages by their places among these, as the prompt asks a model to: "It is so. [1]".
    assistant: who answered; its fixed texts before and after are left out of the example.
    Raises InvalidAssistant where the turn has no answer.
    """
    answer = turn.answer
    if answer is None or not answer.answered or not answer.sentences:
        raise InvalidAssistant(part="examples", allowed="1")
    sentences = list(answer.sentences)
    if assistant is not None:
        while sentences and _is_fixed(sentences[0], assistant.before):
            sentences.pop(0)
        while sentences and _is_fixed(sentences[-1], assistant.after):
            sentences.pop()
    texts = {hit.number: hit.chunk.text for hit in turn.hits}
    cited = dict.fromkeys(c.number for sentence in sentences for c in sentence.citations if c.number in texts)
    places = {number: place for place, number in enumerate(cited, 1)}
    text = " ".join(_numbered(sentence, places) for sentence in sentences)
    passages = tuple(texts[number].strip()[:MAX_EXAMPLE] for number in places)
    return Example((turn.searched or turn.question).strip(), text[:MAX_EXAMPLE], passages)


def _is_fixed(sentence: Sentence, fixed: str) -> bool:
    text = " ".join(sentence.text.split())
    return sentence.verdict is Verdict.PERSPECTIVE and not sentence.citations and text in " ".join(fixed.split())


def _numbered(sentence: Sentence, places: dict[int, int]) -> str:
    numbers = dict.fromkeys(places[c.number] for c in sentence.citations if c.number in places)
    return "".join((sentence.text.strip(), *(f" [{number}]" for number in numbers)))
