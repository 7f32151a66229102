"""A conversation as Markdown (CommonMark) in which what documents and models say is shown letter for letter."""

from __future__ import annotations

import re

from rag.conversations.sharing.content import SharedConversation, SharedSentence, SharedTurn, Source

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$<>&=^@:])")


def write(shared: SharedConversation) -> bytes:
    """UTF-8."""
    blocks = [f"# {plain(shared.title)}"]
    for told in shared.told:
        blocks += _turn(told, shared)
    blocks += ["---", f"*{shared.words['made']}*"]
    return ("\n\n".join(blocks) + "\n").encode()


def plain(text: str) -> str:
    """On one line, with every sign that means something in Markdown taken literally."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def _turn(told: SharedTurn, shared: SharedConversation) -> list[str]:
    words = shared.words
    blocks = [f"## {plain(told.question)}", f"*{words['asked'].format(when=told.asked)}*"]
    if told.searched:
        blocks.append(words["searched"].format(searched=plain(told.searched)))
    blocks += [plain(remark) for remark in told.remarks]
    if told.written:
        blocks.append(" ".join(_sentence(said) for said in told.written))
        if told.model:
            blocks.append(f"*{words['model'].format(model=plain(told.model))}*")
        blocks.append(f"### {words['quotes']}")
    blocks += [f"> {_sentence(said)}" for said in told.quotes]
    if told.sources:
        blocks += [f"### {words['sources']}", *(_source(source) for source in told.sources)]
    return blocks


def _sentence(said: SharedSentence) -> str:
    remark = f" *({said.remark})*" if said.remark else ""
    return plain(said.text) + remark + "".join(f" \\[{number}\\]" for number in said.numbers)


def _source(source: Source) -> str:
    head = f"**\\[{source.number}\\] {plain(source.document)}**" + (f", {plain(source.where)}" if source.where else "")
    passage = " ".join(f"**{plain(text)}**" if marked else plain(text) for text, marked in source.parts if text.strip())
    return f"{head}\n\n> {passage}" if passage else head
