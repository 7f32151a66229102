"""A question and a passage as tokens, and where its sentences are among them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from rag.core.types import Span
from rag.models import DEFAULT_EMBEDDING, resolve_embedding
from rag.models.embedding.protocol import Passage
from rag.models.embedding.token_counter import read_tokenizer
from rag.models.reader.sequences import LENGTH, MOST_OF_CONTEXT, MOST_OF_QUESTION, sequences

FIRST, SECOND = "Batteriet er dækket i 6 måneder.", "Øvrige dele er dækket i 24 måneder."
TEXT = f"{FIRST} {SECOND}"
SPANS = (Span(0, len(FIRST)), Span(len(FIRST) + 1, len(TEXT)))


@pytest.fixture(scope="module")
def tokenizer(models_folder: Path) -> Tokenizer:
    source = resolve_embedding(DEFAULT_EMBEDDING, models_folder, tokenizer_only=True)
    return read_tokenizer(source.path / "tokenizer.json")


def test_question_headings_and_text_follow_each_other(tokenizer: Tokenizer) -> None:
    passage = Passage(TEXT, "Garanti › Dækning", SPANS)
    (one,) = sequences(tokenizer, "Hvor længe er batteriet dækket?", [passage])
    assert tokenizer.decode(one.ids) == f"query: Hvor længe er batteriet dækket? passage: Garanti › Dækning {TEXT}"
    assert [tokenizer.id_to_token(one.ids[at]) for at in (0, one.question[1], -1)] == ["<s>", "</s>", "</s>"]
    assert tokenizer.decode(one.ids[slice(*one.question)]) == "query: Hvor længe er batteriet dækket?"
    assert tokenizer.decode(one.ids[slice(*one.text)]) == TEXT


def test_each_sentence_has_its_own_tokens(tokenizer: Tokenizer) -> None:
    (one,) = sequences(tokenizer, "Hvor længe?", [Passage(TEXT, "Garanti", SPANS)])
    assert [tokenizer.decode(one.ids[start:end]) for start, end in one.sentences] == [FIRST, SECOND]


def test_tokens_know_their_characters(tokenizer: Tokenizer) -> None:
    (one,) = sequences(tokenizer, "Hvor længe?", [Passage(TEXT, "", SPANS)])
    at = next(n for n, (start, end) in enumerate(one.characters.tolist()) if TEXT[start:end].strip() == "24")
    assert tokenizer.decode([one.ids[one.text[0] + at]]) == "24"


def test_the_end_of_a_long_passage_is_cut_off(tokenizer: Tokenizer) -> None:
    sentences = [f"Sætning nummer {n} handler om noget." for n in range(60)]
    text = " ".join(sentences)
    spans = tuple(Span(text.index(one), text.index(one) + len(one)) for one in sentences)
    (one,) = sequences(tokenizer, "Hvad?", [Passage(text, "", spans)])
    assert len(one.ids) == LENGTH
    assert len(one.sentences) == 60
    assert one.sentences[0] != (0, 0)
    assert one.sentences[-1] == (0, 0)


def test_a_long_question_and_long_headings_leave_room_for_the_text(tokenizer: Tokenizer) -> None:
    passage = Passage(TEXT, " › ".join(f"Kapitel {n}" for n in range(90)) + " › Garanti", SPANS)
    (one,) = sequences(tokenizer, "hvorfor " * 300, [passage])
    assert tokenizer.decode(one.ids[slice(*one.text)]) == TEXT
    assert one.question[1] == MOST_OF_QUESTION
    assert tokenizer.decode(one.ids).endswith(f"Garanti {TEXT}")  # the inner headings are kept
    assert one.text[0] <= MOST_OF_QUESTION + 1 + 1 + MOST_OF_CONTEXT + 4


def test_nothing_to_read(tokenizer: Tokenizer) -> None:
    assert sequences(tokenizer, "Hvad?", []) == []
    (empty,) = sequences(tokenizer, "", [Passage("", "", (Span(0, 0),))])
    assert empty.text[0] == empty.text[1]
    assert empty.sentences == ((0, 0),)
