"""What of a prompt goes where a context is small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.errors import ModelError
from rag.generation.prompts.budget import LeftOut, fit, left_out
from rag.generation.protocol import Exchange, Prompt

PROMPT = Prompt(
    "ssss",
    ("pp1", "pp2", "pp3"),
    "qqq",
    (Exchange("e1", "E1"), Exchange("e2", "E2")),
    (Exchange("c1", "C1"), Exchange("c2", "C2")),
)


def count(prompt: Prompt) -> int:
    """A token a letter."""
    return sum(len(message.content.replace("\n", "")) for message in prompt.messages)


WHOLE = count(PROMPT)


def fitted(context: int, reserve: int = 5) -> LeftOut:
    return left_out(PROMPT, fit(PROMPT, count, context, reserve, "m").prompt)


@pytest.mark.parametrize(
    ("less", "expected"),
    [
        (0, LeftOut()),
        (1, LeftOut(conversation=1)),
        (4, LeftOut(conversation=1)),
        (5, LeftOut(conversation=2)),
        (9, LeftOut(conversation=2, examples=1)),
        (13, LeftOut(conversation=2, examples=2)),
        (17, LeftOut(conversation=2, examples=2, passages=1)),
        (20, LeftOut(conversation=2, examples=2, passages=2)),
    ],
)
def test_conversation_goes_first_then_examples_then_passages(less: int, expected: LeftOut) -> None:
    assert fitted(WHOLE + 5 - less) == expected


def test_the_oldest_turn_the_least_fitting_example_and_the_last_passage_go_first() -> None:
    assert fit(PROMPT, count, WHOLE + 4, 5, "m").prompt.conversation == PROMPT.conversation[1:]
    assert fit(PROMPT, count, WHOLE - 4, 5, "m").prompt.examples == PROMPT.examples[:1]
    assert fit(PROMPT, count, WHOLE - 12, 5, "m").prompt.passages == PROMPT.passages[:2]


def test_the_best_passage_stays_or_it_is_said() -> None:
    with pytest.raises(ModelError, match="too small for a passage"):
        fit(PROMPT, count, 11, 2, "m")


def test_a_prompt_without_passages_can_be_fitted() -> None:
    bare = Prompt("s", (), "q")
    assert fit(bare, count, 10, 3, "m").prompt == bare


def test_no_more_than_a_third_is_kept_free() -> None:
    assert fit(PROMPT, count, 45, 1000, "m").room == 15


@given(st.integers(1, 80), st.integers(0, 100))
def test_what_fits_leaves_room(context: int, reserve: int) -> None:
    try:
        found = fit(PROMPT, count, context, reserve, "m")
    except ModelError:
        return
    assert found.tokens == count(found.prompt)
    assert found.tokens + found.room <= context
    assert found.room == min(reserve, context // 3)
