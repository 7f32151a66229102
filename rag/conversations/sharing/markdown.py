"""A conversation as Markdown (CommonMark) that shows the texts of documents and models literally."""

import re

from rag.conversations.sharing.content import SharedConversation, SharedSentence, SharedTurn, Source

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$<>&=^@:])")


def write(shared: SharedConversation) -> bytes:
    """UTF-8."""
    blocks = [f"# {plain(shared.title)}"]
    for turn in shared.turns:
        blocks += _turn(turn, shared)
    blocks += ["---", f"*{shared.words['made']}*"]
    return ("\n\n".join(blocks) + "\n").encode()


def plain(text: str) -> str:
    """The text on one line, with all Markdown syntax escaped."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def _turn(turn: SharedTurn, shared: SharedConversation) -> list[str]:
    words = shared.words
    blocks = [f"## {plain(turn.question)}", f"*{words['asked'].format(when=turn.asked_at)}*"]
    if turn.searched:
        blocks.append(words["searched"].format(searched=plain(turn.searched)))
    blocks += [plain(remark) for remark in turn.remarks]
    if turn.sentences:
        blocks.append(" ".join(_sentence(sentence) for sentence in turn.sentences))
        if turn.model:
            blocks.append(f"*{words['model'].format(model=plain(turn.model))}*")
        blocks.append(f"### {words['quotes']}")
    blocks += [f"> {_sentence(sentence)}" for sentence in turn.quotes]
    if turn.sources:
        blocks += [f"### {words['sources']}", *(_source(source) for source in turn.sources)]
    return blocks


def _sentence(sentence: SharedSentence) -> str:
    remark = f" *({sentence.remark})*" if sentence.remark else ""
    return plain(sentence.text) + remark + "".join(f" \\[{number}\\]" for number in sentence.numbers)


def _source(source: Source) -> str:
    head = f"**\\[{source.number}\\] {plain(source.document)}**" + (f", {plain(source.where)}" if source.where else "")
    passage = " ".join(f"**{plain(text)}**" if marked else plain(text) for text, marked in source.parts if text.strip())
    return f"{head}\n\n> {passage}" if passage else head
