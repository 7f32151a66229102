from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from benchmarks.words import agreement, changed, timed
from benchmarks.words_corpus import Corpus, RealChunk
from benchmarks.words_engines import Fts5, Kilde

QUESTION = [["apple"], ["green", "grøn"]]


@pytest.fixture
def corpus() -> Corpus:
    documents: list[list[RealChunk]] = [
        [(["fruit"], [["green", "apple", f"rare{d}-{c}"], ["common", "word"]]) for c in range(6)] for d in range(20)
    ]
    documents += [[([], [["red", "pear", "common"]])] * 3] * 4
    return Corpus(documents)


def test_a_larger_corpus_begins_with_the_smaller_one(corpus: Corpus) -> None:
    small = list(corpus.chunks(50))
    assert small == list(islice(corpus.chunks(400), 50))
    assert [chunk[0] for chunk in corpus.chunks(400)] == list(range(1, 401))


def test_common_words_keep_their_share_and_rare_ones_get_new_names(corpus: Corpus) -> None:
    real = sum(map(len, corpus.documents))
    few, many = list(corpus.chunks(real)), list(corpus.chunks(10 * real))
    green = [sum(body.count("green") for _, _, body in chunks) / len(chunks) for chunks in (few, many)]
    assert green[1] == pytest.approx(green[0], rel=0.1)
    few_words, many_words = ({stem for _, _, body in chunks for stem in body} for chunks in (few, many))
    assert few_words < many_words and len(many_words) < 10 * len(few_words)


def test_both_engines_find_the_same_and_forget_what_goes(corpus: Corpus, tmp_path: Path) -> None:
    chunks = list(corpus.chunks(450))
    rankings = []
    for engine_of in (Kilde, Fts5):
        folder = tmp_path / engine_of.__name__
        folder.mkdir()
        engine = engine_of(folder)
        engine.build(iter(chunks))
        row = changed(engine, 450, chunks[:20])
        assert row["add_ms"] > 0 and row["remove_ms"] > 0
        rankings.append(
            [engine.search(QUESTION, 300), engine.search(QUESTION, 300, [1]), engine.search([["pear"]], 300)]
        )
        assert {i for i, _ in rankings[-1][1]} <= set(range(201, 401))
        assert timed(lambda question: engine.search(question, 5), [QUESTION])["p50_ms"] > 0  # noqa: B023
        engine.db.close()
    kilde, fts5 = rankings
    assert agreement(kilde, fts5) == {"same_ten": 1.0, "same_all": 1.0, "same_list": 1.0}
    for mine, theirs in zip(kilde, fts5, strict=True):
        assert [score for _, score in mine] == pytest.approx([score for _, score in theirs])
    assert agreement([kilde[2]], [fts5[0]])["same_ten"] == 0.0
