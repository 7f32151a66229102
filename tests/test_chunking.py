from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunking import chunk
from rag.types import Chunk, Heading, Page, Span


def count(texts: Sequence[str]) -> list[int]:
    """A tokenizer of pieces of five letters, that puts two marks around every text."""
    return [len(re.findall(r"\w{1,5}|[^\w\s]", text)) + 2 for text in texts]


def check(pages: Sequence[Page], chunks: Sequence[Chunk], size: int, title: str = "") -> None:
    """title: what begins each page and is no sentence of it, as a pattern."""
    by_number = {page.number: page for page in pages}
    covered: dict[int, set[int]] = {page.number: set() for page in pages}
    assert [one.ordinal for one in chunks] == list(range(len(chunks)))
    for one in chunks:
        text = by_number[one.page].text
        assert one.text == text[one.start : one.end] == one.text.strip() != ""
        assert one.tokens == count([one.text])[0] <= size
        assert one.sentences
        begins = re.match(title, one.text)
        assert (one.sentences[0].start, one.sentences[-1].end) == (one.start + (begins.end() if begins else 0), one.end)
        for before, after in pairwise(one.sentences):
            assert before.end <= after.start
        covered[one.page].update(range(one.start, one.end))
    for page in pages:
        left = [c for place, c in enumerate(page.text) if place not in covered[page.number] and not c.isspace()]
        assert left == []


texts = st.lists(
    st.sampled_from(
        ["Batteriet er dækket. ", "ord ", "og så videre, ", "Kap. 3\n", "\n\n", "- punkt\n", "x" * 90, "æ. Ø"]
    ),
    max_size=60,
).map("".join)


@st.composite
def documents(draw: st.DrawFn) -> list[Page]:
    pages = []
    # too few pages for a line to count as a running title, which has tests of its own
    for number, text in enumerate(draw(st.lists(texts | st.text(max_size=200), max_size=3)), start=1):
        offsets = draw(st.lists(st.integers(0, max(len(text) - 1, 0)), max_size=4, unique=True))
        headings = tuple(Heading(draw(st.integers(1, 3)), f"H{offset}", offset) for offset in sorted(offsets))
        pages.append(Page(number, text, None, headings))
    return pages


@settings(deadline=None)
@given(documents(), st.integers(16, 80), st.data())
def test_properties(pages: list[Page], size: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, (size - 1) // 2))
    check(pages, chunk(pages, size, overlap, count, "da"), size)


@settings(deadline=None, max_examples=50)
@given(documents())
def test_a_tokenizer_that_needs_more_for_the_whole_than_for_its_parts(pages: list[Page]) -> None:
    def superadditive(batch: Sequence[str]) -> list[int]:
        return [len(text.split()) + text.count(" ") // 2 + len(text) // 10 for text in batch]

    for one in chunk(pages, 20, 5, superadditive, "da"):
        assert one.tokens == superadditive([one.text])[0] <= 20


SENTENCES = [f"Dette er sætning nummer {number} om garantien på et batteri." for number in range(40)]


def test_whole_sentences_and_overlap() -> None:
    page = Page(1, " ".join(SENTENCES))
    chunks = chunk([page], 64, 20, count, "da")
    check([page], chunks, 64)
    assert all(page.text[start:end] in SENTENCES for one in chunks for start, end in one.sentences)
    for before, after in pairwise(chunks):
        assert before.sentences[-1] == after.sentences[0]
        assert set(after.sentences) - set(before.sentences)
    for before, after in pairwise(chunk([page], 64, 0, count)):
        assert before.end <= after.start


def test_few_calls_of_the_tokenizer() -> None:
    calls = []

    def counted(batch: Sequence[str]) -> list[int]:
        calls.append(len(batch))
        return count(batch)

    chunk([Page(number, " ".join(SENTENCES)) for number in range(1, 30)], 64, 20, counted)
    assert len(calls) <= 3


def paged(*parts: str | tuple[int, str]) -> Page:
    text, headings = "", []
    for part in parts:
        if isinstance(part, tuple):
            headings.append(Heading(part[0], part[1], len(text)))
            part = part[1]
        text += part + "\n\n"
    return Page(1, text, None, tuple(headings))


def test_headings_begin_chunks_that_carry_their_path() -> None:
    body = " ".join(SENTENCES[:4])
    page = paged((1, "Garanti"), body, (2, "Batterier"), body, (2, "Skærme"), body, (1, "Service"), body)
    chunks = chunk([page], 70, 0, count, "da")
    check([page], chunks, 70)
    starts = {one.text.split("\n")[0]: one.heading_path for one in chunks}
    assert starts["Batterier"] == ("Garanti", "Batterier")
    assert starts["Skærme"] == ("Garanti", "Skærme")
    assert starts["Service"] == ("Service",)


def test_a_heading_is_not_left_behind_at_the_end() -> None:
    page = paged(SENTENCES[0], (1, "Batterier"), SENTENCES[1])
    chunks = chunk([page], 24, 0, count, "da")
    assert not any(one.text.endswith("Batterier") for one in chunks)
    assert chunks[-1].heading_path == ("Batterier",)


def test_a_path_goes_on_over_pages() -> None:
    first = paged((1, "Garanti"), SENTENCES[0])
    chunks = chunk([first, Page(2, SENTENCES[1]), Page(3, "")], 64, 0, count, "da")
    assert [(one.page, one.heading_path) for one in chunks] == [(1, ("Garanti",)), (2, ("Garanti",))]


def test_a_running_title_does_not_hide_the_heading_below_it() -> None:
    pages = []
    for number in range(1, 7):
        top = f"Håndbog {number} / 6\n\n"
        pages.append(
            Page(number, f"{top}Kapitel {number}\n\n{SENTENCES[number]}", None, (Heading(1, f"K{number}", len(top)),))
        )
    chunks = chunk(pages, 64, 0, count, "da")
    check(pages, chunks, 64, title=r"Håndbog \d / 6\s+")
    assert all(
        "Håndbog" not in one.text[s.start - one.start : s.end - one.start] for one in chunks for s in one.sentences
    )
    assert [one.heading_path for one in chunks] == [(f"K{number}",) for number in range(1, 7)]


def test_pages_of_one_and_the_same_line_still_say_it() -> None:
    pages = [Page(number, "Kap. 3") for number in range(1, 5)]
    chunks = chunk(pages, 64, 0, count, "da")
    assert [one.sentences for one in chunks] == [(Span(0, 6),)] * 4


def test_a_long_sentence_is_cut_at_its_clauses() -> None:
    clauses = [f"hvis del nummer {number} går i stykker inden for fristen" for number in range(12)]
    page = Page(1, ", ".join(clauses) + ".")
    chunks = chunk([page], 40, 0, count, "da")
    check([page], chunks, 40)
    assert len(chunks) > 3
    assert all(one.text.endswith((",", ".")) for one in chunks)


def test_rows_are_not_cut_in_the_middle() -> None:
    rows = [f"reservedel {number} koster {number}5 kr og er dækket i {number} måneder" for number in range(30)]
    page = Page(1, "\n".join(rows))
    chunks = chunk([page], 48, 0, count, "da")
    check([page], chunks, 48)
    assert all(set(one.text.split("\n")) <= set(rows) for one in chunks)


def test_language_of_a_chunk() -> None:
    english = "The battery is covered for six months from the day of purchase, and the screen is covered for two years."
    chunks = chunk([Page(1, " ".join(SENTENCES[:9])), Page(2, english), Page(3, "Kr. 24")], 200, 0, count)
    assert [one.language for one in chunks] == ["da", "en", "da"]


def test_nothing() -> None:
    assert chunk([], 64, 0, count) == chunk([Page(1, " \n")], 64, 0, count) == []


@pytest.mark.parametrize(("size", "overlap"), [(15, 0), (64, 32), (64, -1)])
def test_bad_sizes(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        chunk([Page(1, "a")], size, overlap, count)
