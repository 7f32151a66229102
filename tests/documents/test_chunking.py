from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core.types import Chunk, Heading, Page, Span
from rag.documents.chunking import chunk


def count(texts: Sequence[str]) -> list[int]:
    """A tokenizer of pieces of five letters, that puts two marks around every text."""
    return [len(re.findall(r"\w{1,5}|[^\w\s]", text)) + 2 for text in texts]


def check(pages: Sequence[Page], chunks: Sequence[Chunk], size: int, left_out: int = 0) -> None:
    """left_out: how many characters at the beginning of each page are in no chunk."""
    by_number = {page.number: page for page in pages}
    covered: dict[int, set[int]] = {page.number: set() for page in pages}
    assert [one.ordinal for one in chunks] == list(range(len(chunks)))
    for one in chunks:
        text = by_number[one.page].text
        assert one.text == text[one.start : one.end] == one.text.strip() != ""
        assert one.tokens == count([one.text])[0] <= size
        assert one.sentences
        assert (one.sentences[0].start, one.sentences[-1].end) == (one.start, one.end)
        for before, after in pairwise(one.sentences):
            assert before.end <= after.start
        covered[one.page].update(range(one.start, one.end))
    for page in pages:
        left = [place for place, c in enumerate(page.text) if place not in covered[page.number] and not c.isspace()]
        assert all(place < left_out for place in left)


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


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(16, 80))
def test_every_sentence_has_the_headings_that_it_stands_under(levels: list[int], size: int) -> None:
    """levels: of the headings; 0 for a sentence."""
    parts: list[str | tuple[int, str]] = []
    path: list[tuple[int, str]] = []
    paths: dict[str, tuple[str, ...]] = {}
    for number, level in enumerate(levels):
        if level:
            path = [*(above for above in path if above[0] < level), (level, f"Afsnit {number}")]
            parts.append(path[-1])
        else:
            parts.append(f"Del {number} er dækket af garantien.")
            paths[str(parts[-1])] = tuple(title for _, title in path)
    page = paged(*parts)
    chunks = chunk([page], size, size // 8, count, "da")
    found = {page.text[slice(*span)]: one.heading_path for one in chunks for span in one.sentences}
    assert {text: heading_path for text, heading_path in found.items() if text in paths} == paths


def test_a_price_has_the_heading_that_it_stands_under() -> None:
    page = paged((1, "Priser"), (2, "Model 3"), "Service: 2.950 kr.", (2, "Model 4"), "Service: 3.300 kr.")
    chunks = chunk([page], 200, 20, count, "da")
    assert [(one.heading_path, one.text.splitlines()[-1]) for one in chunks] == [
        (("Priser", "Model 3"), "Service: 2.950 kr."),
        (("Priser", "Model 4"), "Service: 3.300 kr."),
    ]


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
    check(pages, chunks, 64, left_out=len("Håndbog 1 / 6"))
    assert not any("Håndbog" in one.text for one in chunks)
    assert [one.heading_path for one in chunks] == [(f"K{number}",) for number in range(1, 7)]


def lettered(top: str, bottom: str, pages: int = 8) -> list[Page]:
    """Pages of one sentence between lines in which {n} is the page's number."""
    return [
        Page(n, f"{top.format(n=n)}\n{SENTENCES[n]}\nDer er {7 * n} dele mere\n\n{bottom.format(n=n)}")
        for n in range(1, pages + 1)
    ]


@pytest.mark.parametrize(
    ("top", "bottom"),
    [
        ("Garanti for cykler", "Side {n} af 8"),
        ("Acme A/S · Nygade 1\nTelefon 12 34 56 78\n", "Fortroligt\n{n}"),
        ("Udgave 3.1", "- {n} -"),
    ],
)
def test_what_most_pages_have_at_top_and_bottom_is_in_no_chunk(top: str, bottom: str) -> None:
    chunks = chunk(lettered(top, bottom), 64, 0, count, "da")
    assert [one.text for one in chunks] == [f"{SENTENCES[n]}\nDer er {7 * n} dele mere" for n in range(1, 9)]


def test_running_titles_of_left_and_right_pages() -> None:
    pages = [Page(n, f"{'Garanti' if n % 2 else 'Acme A/S'} {n}\n\n{SENTENCES[n]}") for n in range(1, 11)]
    assert [one.text for one in chunk(pages, 64, 0, count, "da")] == SENTENCES[1:11]


@pytest.mark.parametrize(
    "first", ["Faktura {m}", "Kapitel om del {m}.", "Batteriet er dækket {m} gange i alle de lande hvor det er købt"]
)
def test_lines_that_say_something_else_on_each_page_are_kept(first: str) -> None:
    pages = [Page(n, f"{first.format(m=1000 + 7 * n)}\n\n{SENTENCES[n]}") for n in range(1, 9)]
    chunks = chunk(pages, 64, 0, count, "da")
    check(pages, chunks, 64)


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


def test_a_row_is_never_cut_from_its_line_and_knows_its_number() -> None:
    lines = ["Model | Pris", *(f"Model: X{n} | Pris: {n} kr. Uden moms." if n % 7 else "" for n in range(2, 200))]
    page = Page(1, "\n".join(lines), "Priser", (Heading(1, "Priser", 0),))
    chunks = chunk([page], 40, 0, lambda texts: [len(text.split()) for text in texts], "da", rows=True)
    for one in chunks:
        assert one.text.split("\n")[0] == lines[one.row - 1] and one.heading_path == ("Priser",)
        spans = [one.text[span.start - one.start : span.end - one.start] for span in one.sentences]
        assert spans == [line for line in one.text.split("\n") if line]
    assert {line for one in chunks for line in one.text.split("\n")} >= {line for line in lines if line}
    assert all(one.row == 0 for one in chunk([page], 40, 0, lambda texts: [len(text.split()) for text in texts], "da"))


def test_what_a_long_row_is_about_stands_with_all_its_parts() -> None:
    row = "Model: X1 | " + " | ".join(f"Felt {n}: værdi {n}" for n in range(60))
    page = Page(1, f"Model: X0 | Felt 0: nul\n{row}\nModel: X2 | Felt 0: to")
    for rows in (True, False):
        chunks = chunk([page], 40, 0, lambda texts: [len(text.split()) for text in texts], "da", rows=rows)
        inside = [one for one in chunks if one.text.startswith("Felt")]
        assert len(inside) > 3 and all(one.heading_path == ("Model: X1",) for one in inside)
        assert all(one.text.startswith("Felt ") and one.row == (2 if rows else 0) for one in inside)


def test_twelve_sheets_with_one_head_have_no_running_titles() -> None:
    pages = [Page(n, f"Vare | Salg\nVare: A | Salg: {n}\nVare: I alt | Salg: {n}") for n in range(1, 13)]
    chunks = chunk(pages, 40, 0, lambda texts: [len(text.split()) for text in texts], "da", rows=True)
    assert all(len(one.sentences) == 3 for one in chunks)
