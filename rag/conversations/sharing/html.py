"""A conversation as one self-contained HTML file: no scripts, no external resources."""

from html import escape

from rag.conversations.sharing.content import SharedConversation, SharedSentence, SharedTurn, Source

_STYLE = """
:root { color-scheme: light dark; --paper: #FBFAF7; --ink: #1D2430; --quiet: #5A6170; --teal: #0F6B6B;
  --mark: #F5E3B3; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181D; --ink: #E8E6E1; --quiet: #A9ADB3; --teal: #5BC0BE; --mark: #4A3E1C; }
}
body { background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; max-width: 46rem;
  margin: 2rem auto; padding: 0 1.25rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-top: 1px solid; padding-top: 1.25rem; }
h3 { font-size: 0.95rem; color: var(--quiet); }
.quiet { color: var(--quiet); font-size: 0.9rem; }
blockquote { font-family: Georgia, serif; margin: 0.6rem 0; padding-left: 0.9rem; border-left: 3px solid var(--teal); }
.passage { white-space: pre-line; border-left-color: var(--quiet); }
mark { background: var(--mark); color: inherit; }
a { color: var(--teal); text-decoration: none; font-weight: 600; } a:focus-visible { outline: 2px solid; }
.remark { border: 1px solid; border-radius: 1em; padding: 0 0.5em; font-size: 0.8rem; white-space: nowrap; }
@media print { body { max-width: none; } }
"""


def write(shared: SharedConversation) -> bytes:
    """UTF-8."""
    turns = "".join(_turn(number, turn, shared) for number, turn in enumerate(shared.turns, 1))
    page = (
        f'<!doctype html>\n<html lang="{shared.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # a second line of defence: even if content were read as markup, a browser would fetch and run nothing
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(shared.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{escape(shared.title)}</h1>\n{turns}<p class="quiet">{escape(shared.words["made"])}</p>\n'
        "</body>\n</html>\n"
    )
    return page.encode()


def _turn(number: int, turn: SharedTurn, shared: SharedConversation) -> str:
    words = shared.words
    parts = [f"<h2>{escape(turn.question)}</h2>", _quiet(words["asked"].format(when=turn.asked_at))]
    if turn.searched:
        parts.append(_quiet(words["searched"].format(searched=turn.searched)))
    parts += [f"<p>{escape(remark)}</p>" for remark in turn.remarks]
    if turn.sentences:
        parts.append(f"<p>{' '.join(_sentence(sentence, number) for sentence in turn.sentences)}</p>")
        if turn.model:
            parts.append(_quiet(words["model"].format(model=turn.model)))
        parts.append(f"<h3>{escape(words['quotes'])}</h3>")
    parts += [f"<blockquote>{_sentence(sentence, number)}</blockquote>" for sentence in turn.quotes]
    if turn.sources:
        parts += [f"<h3>{escape(words['sources'])}</h3>", *(_source(source, number) for source in turn.sources)]
    return "\n".join(["<section>", *parts, "</section>\n"])


def _quiet(text: str) -> str:
    return f'<p class="quiet">{escape(text)}</p>'


def _sentence(sentence: SharedSentence, turn: int) -> str:
    remark = f' <span class="remark">{escape(sentence.remark)}</span>' if sentence.remark else ""
    links = "".join(f' <a href="#source-{turn}-{number}">[{number}]</a>' for number in sentence.numbers)
    return escape(sentence.text) + remark + links


def _source(source: Source, turn: int) -> str:
    where = f", {escape(source.where)}" if source.where else ""
    head = (
        f'<p id="source-{turn}-{source.number}"><strong>[{source.number}] {escape(source.document)}</strong>{where}</p>'
    )
    passage = "".join(f"<mark>{escape(text)}</mark>" if marked else escape(text) for text, marked in source.parts)
    return head + (f'\n<blockquote class="passage">{passage}</blockquote>' if passage else "")
