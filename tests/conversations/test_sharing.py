from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from pypdf import PdfReader

from rag.conversations.sharing import FORMS, write
from rag.core.types import (
    Answer,
    Chunk,
    Citation,
    Conversation,
    Hit,
    Notice,
    Sentence,
    Span,
    Trace,
    Turn,
    TurnState,
    Verdict,
)
from rag.core.types.trace import QueryTrace
from rag.core.types.writing import GenerationTrace, WritingTrace

PASSAGE = "Øvrige dele er dækket.\nBatterier er dækket i 6 måneder fra købsdatoen. Se <b>bilag</b> ![x](https://evil.example/p.png)."
QUOTE = "Batterier er dækket i 6 måneder fra købsdatoen."
AT = PASSAGE.index(QUOTE)
CHUNK = Chunk(0, 3, 100, 100 + len(PASSAGE), PASSAGE, ("Garanti", "Dækning"), (Span(100, 122),), 20, "da", 1, 1)
CITATION = Citation(1, "Garanti.pdf", "a" * 64, 3, 100 + AT, 100 + AT + len(QUOTE), QUOTE)
TURN = Turn(
    1,
    1,
    1,
    "Hvor længe er *batteriet* dækket? $x$ <script>alert(1)</script>",
    "2026-03-01T10:12:13.000+00:00",
    TurnState.DONE,
    "garanti – batteri",
    Answer(
        True,
        "Batterier er dækket i 6 måneder. Skærmen i 99 år.",
        (
            Sentence("Batterier er dækket i 6 måneder.", (CITATION,)),
            Sentence("Skærmen i 99 år.", (), Verdict.UNSUPPORTED),
            Sentence("Vi tænker på kunden.", (), Verdict.PERSPECTIVE),
        ),
        (Sentence(QUOTE, (CITATION,)),),
    ),
    (Hit(1, CHUNK, "Garanti.pdf", "a" * 64, 1.0, number=1), Hit(2, CHUNK, "Andet.pdf", "b" * 64, 0.5, number=2)),
    None,
    Trace(writing=WritingTrace(GenerationTrace({"model": "a/b"}))),
)
REFUSED = Turn(
    2, 1, 2, "Hvem?", "2026-03-01T10:13:00.000+00:00", TurnState.DONE, answer=Answer(False, "Det står der ikke.")
)
CONVERSATION = Conversation(1, "Om *garanti* <img src=x>", "2026-03-01", "2026-03-01")


def text_of(form: str, *turns: Turn, sources: bool = True, language: str = "da") -> str:
    data = write(form, CONVERSATION, turns or (TURN, REFUSED), language, sources=sources)
    if form == "pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return data.decode()


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def outline_titles(pdf: PdfReader) -> list[str]:
    return [str(entry.title) for entry in pdf.outline if not isinstance(entry, list)]


def tags(html: str) -> Tags:
    parser = Tags()
    parser.feed(html)
    return parser


@pytest.mark.parametrize("form", ["md", "html", "pdf"])
def test_every_form_tells_the_answer_its_verdicts_and_its_sources(form: str) -> None:
    told = re.sub(r"\s+", " ", text_of(form).replace("\\", ""))
    for said in ("Batterier er dækket i 6 måneder", "Skærmen i 99 år.", "ikke belagt", "vinklen", "Garanti.pdf"):
        assert said in told
    assert "Øvrige dele er dækket." in told
    assert "s. 3" in told
    assert "Det står der ikke." in told
    assert "Skrevet af a/b" in told
    assert "Andet.pdf" not in told  # retrieved, but nothing rests on it


@pytest.mark.parametrize("form", ["md", "html", "pdf"])
def test_without_sources_the_passages_stay_behind_and_the_numbers_are_explained(form: str) -> None:
    told = text_of(form, sources=False).replace("\\", "")
    assert "Øvrige dele er dækket." not in told
    assert "Garanti.pdf" in told
    assert "[1]" in told


@pytest.mark.parametrize("form", ["md", "html", "pdf", "json"])
def test_no_form_passes_on_letters_that_nobody_sees(form: str) -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all") + "\ud800"
    chunk = replace(CHUNK, text=f"{hidden}{PASSAGE}", heading_path=(f"Garanti{hidden}",))
    sentences = (Sentence(f"Batterier er{hidden} dækket.", (CITATION,)),)
    answer = Answer(True, f"Batterier er{hidden} dækket.", sentences, (Sentence(f"{QUOTE}{hidden}", (CITATION,)),))
    turn = replace(
        TURN,
        question=f"Hvor længe?{hidden}",
        searched=f"garanti{hidden}",
        answer=answer,
        hits=(Hit(1, chunk, f"Garanti{hidden}.pdf", "a" * 64, 1.0, number=1),),
        trace=Trace(writing=WritingTrace(GenerationTrace({"model": f"a/b{hidden}"}))),
    )
    conversation = replace(CONVERSATION, title=f"Om garanti{hidden}")
    data = write(form, conversation, (turn,), "da", sources=True)
    text = data.decode("latin-1" if form == "pdf" else "utf-8")
    if form == "pdf":
        pdf = PdfReader(io.BytesIO(data))
        text = "".join((pdf.metadata.title, *(page.extract_text() for page in pdf.pages), *outline_titles(pdf)))
    assert "Garanti" in text and "Hvor længe?" in text
    assert [sign for sign in text if 0xE0000 <= ord(sign) <= 0xE0FFF or 0xD800 <= ord(sign) < 0xE000] == []
    if form == "json":  # offsets into a passage still hold for the program that reads it
        assert len(json.loads(text)["turns"][0]["hits"][0]["chunk"]["text"]) == len(chunk.text)


def test_html_runs_and_fetches_nothing() -> None:
    read = tags(text_of("html"))
    assert {tag for tag, _ in read.seen} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "section", "blockquote", "a", "mark",
        "strong", "span",
    }  # fmt: skip
    links = [attributes["href"] for tag, attributes in read.seen if tag == "a"]
    ids = {attributes.get("id") for _, attributes in read.seen}
    assert links
    assert all(link and link.startswith("#") and link[1:] in ids for link in links)
    assert "<script>alert(1)</script>" in read.text
    marked = tags(re.search(r"<mark>(.*?)</mark>", text_of("html"), re.DOTALL)[1])  # type: ignore[index]
    assert marked.text == QUOTE


def test_markdown_shows_documents_letter_for_letter() -> None:
    tokens = MarkdownIt("commonmark").parse(text_of("md"))
    inline = [child for token in tokens for child in token.children or ()]
    assert not {"image", "link_open", "html_inline", "code_inline"} & {child.type for child in inline}
    assert not [token for token in tokens if token.type.startswith("html")]
    shown = "".join(child.content for child in inline if child.type == "text")
    assert "![x](https://evil.example/p.png)" in shown
    assert "Hvor længe er *batteriet* dækket? $x$ <script>alert(1)</script>" in shown


def test_a_pdf_has_an_outline_and_links_from_numbers_to_sources() -> None:
    reader = PdfReader(io.BytesIO(write("pdf", CONVERSATION, [TURN, REFUSED], "da")))
    assert [entry.title for entry in reader.outline] == [TURN.question, REFUSED.question]  # type: ignore[union-attr]
    links = [a.get_object() for page in reader.pages for a in page.get("/Annots", [])]
    assert links
    assert all("/URI" not in str(link) for link in links)


def test_a_pdf_of_a_long_conversation_and_of_letters_that_its_fonts_lack() -> None:
    long = replace(TURN, question="漢字 😀 " * 40)
    data = write("pdf", CONVERSATION, [long] * 12, "en")
    assert len(PdfReader(io.BytesIO(data)).pages) > 2


def test_json_holds_all_that_is_kept() -> None:
    content = json.loads(text_of("json"))
    assert content["title"] == CONVERSATION.title
    first = content["turns"][0]
    assert first["question"] == TURN.question
    assert first["hits"][0]["chunk"]["text"] == PASSAGE
    assert first["answer"]["sentences"][1]["verdict"] == "unsupported"


def test_what_went_wrong_is_told() -> None:
    stopped = replace(REFUSED, state=TurnState.STOPPED, answer=None)
    failed = replace(REFUSED, state=TurnState.FAILED, answer=None, notice=Notice("disk_full"))
    told = text_of("md", stopped, failed, replace(TURN, state=TurnState.RUNNING), language="en").replace("\\", "")
    assert "Stopped." in told
    assert "The disk is full" in told
    assert "alert" not in told  # not ended: not told


def test_an_answer_against_the_judgement_is_marked() -> None:
    assert TURN.answer is not None
    doubted = replace(TURN, answer=replace(TURN.answer, doubted=True))
    assert "do not answer the question" in text_of("md", doubted, language="en")


def test_a_word_that_was_taken_for_another_is_told() -> None:
    query = QueryTrace(corrections=(("baterier", "Batterier"),))
    corrected = replace(TURN, trace=replace(TURN.trace, query=query))
    told = text_of("md", corrected, language="en").replace("\\", "")
    assert "“baterier” is in none of your documents. Did you mean “Batterier”?" in told


def test_forms() -> None:
    assert list(FORMS) == ["md", "html", "pdf", "json"]
    with pytest.raises(KeyError):
        write("docx", CONVERSATION, [TURN], "en")
