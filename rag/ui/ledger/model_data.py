"""What a model was given to read, what there was no room for, and what it did, as data for the ledger. Pure."""

from collections.abc import Sequence
from typing import Any

from rag.core.types.writing import NOT_WRITTEN, GenerationTrace, LeftOut, PromptTrace, Used, WritingTrace
from rag.ui.i18n import text
from rag.ui.ledger.story import counted
from rag.ui.shell.formatting import format_integer, visible
from rag.ui.shell.formatting import format_number as written_number

FINISHES = {"stop": "finish_stop", "length": "finish_length", "stopped": "finish_stopped", "cut": "finish_cut"}
LEFT_OUT = {"conversation": "left_conversation", "examples": "left_examples", "passages": "left_passages"}


def prompt_data(generation: GenerationTrace, language: str, shown: WritingTrace = NOT_WRITTEN) -> dict[str, Any]:
    """The prompt of a turn or of a step. text: letter for letter; said: how long it was; left_out: in words.

    shown: whose examples and conversation were to be shown to the model. bar: how full the context was, in the model's
    own count of tokens, each part with its share (0..1) of the context. examples, conversation: what was to be shown,
    each with whether there was room for it.
    """
    prompt = generation.prompt
    assert prompt is not None
    if prompt.tokens is None or prompt.context is None:  # an early version did not record its length
        return {"text": prompt.text, "said": text("ledger_tokens_unknown", language), **_NOTHING}
    key = "ledger_tokens_estimated" if prompt.estimated else "ledger_tokens"
    tokens, context = _count(prompt.tokens, language), _count(prompt.context, language)
    out = prompt.left_out or LeftOut()
    return {
        "text": prompt.text,
        "said": text(key, language, tokens=tokens, context=context),
        "bar": _bar(prompt, generation.used, language),
        "left_out": "" if prompt.left_out is None else _left_out(out, language),
        "examples": _examples(shown.examples or (), out.examples, language),
        "conversation": _conversation(shown.conversation or (), out.conversation, language),
    }


_NOTHING: dict[str, Any] = {"bar": [], "left_out": "", "examples": [], "conversation": []}


def no_prompt(said: str) -> dict[str, Any]:
    """Where no model was asked, or where it was not recorded: `said` tells which."""
    return {"text": "", "said": said, **_NOTHING}


def used_rows(used: Used | None, language: str) -> list[list[str]]:
    """What a model did, as names and values; empty where that was not recorded."""
    if used is None:
        return []
    rows = [[text("used_finish", language), text(FINISHES[used.finish], language)]]
    if used.first_token_s is not None:
        rows.append([text("used_first", language), _seconds(used.first_token_s, language)])
    rows.append([text("used_seconds", language), _seconds(used.seconds, language)])
    if (speed := used.tokens_per_second) is not None:
        value = written_number(speed, 0 if speed >= 10 else 1, language)
        rows.append([text("used_speed", language), text("used_speed_value", language, speed=value)])
    if used.prompt_tokens is not None:
        key = "used_prompt_cached" if used.cached_tokens else "used_prompt_value"
        tokens, cached = _count(used.prompt_tokens, language), _count(used.cached_tokens, language)
        rows.append([text("used_prompt", language), text(key, language, tokens=tokens, cached=cached)])
    if used.written_tokens is not None:
        tokens = _count(used.written_tokens, language)
        rows.append([text("used_written", language), text("used_prompt_value", language, tokens=tokens)])
    if used.cost is not None:
        cost = written_number(used.cost, 4, language)
        rows.append([text("used_cost", language), f"{cost} {visible(used.currency)}".rstrip()])
    return rows


def _bar(prompt: PromptTrace, used: Used | None, language: str) -> list[dict[str, Any]]:
    context, read = prompt.context or 0, used.prompt_tokens if used is not None else None
    if not context:
        return []
    estimated = prompt.estimated and read is None
    whole = (prompt.tokens or 0) if read is None else read
    cached = min(used.cached_tokens if used is not None else 0, whole)
    written = (used.written_tokens if used is not None else None) or 0
    # a server may hold more than it says
    room = max(context, whole + written)
    parts = {"cached": cached, "read": whole - cached, "written": written, "free": room - whole - written}
    key = "budget_part_estimated" if estimated else "budget_part"
    return [
        {
            "kind": kind,
            "share": round(tokens / room, 5),
            "said": text(
                "budget_part" if kind == "written" else key,
                language,
                name=text(f"budget_{kind}", language),
                tokens=_count(tokens, language),
            ),
        }
        for kind, tokens in parts.items()
        if tokens
    ]


def _left_out(out: LeftOut, language: str) -> str:
    parts = [counted(key, getattr(out, name), language) for name, key in LEFT_OUT.items() if getattr(out, name)]
    if not parts:
        return text("budget_all_in", language)
    return text("budget_left_out", language, parts=", ".join(parts))


def _examples(examples: Sequence[str], missing: int, language: str) -> list[dict[str, str]]:
    """The least fitting, which are the last, are left out first."""
    return [_shown(asked, "", at < len(examples) - missing, language) for at, asked in enumerate(examples)]


def _conversation(exchanges: Sequence[tuple[str, str]], missing: int, language: str) -> list[dict[str, str]]:
    """The oldest are left out first."""
    return [_shown(asked, answered, at >= missing, language) for at, (asked, answered) in enumerate(exchanges)]


def _shown(asked: str, answered: str, read: bool, language: str) -> dict[str, str]:
    return {"asked": asked, "answered": answered, "remark": "" if read else text("ledger_no_room", language)}


def _seconds(seconds: float, language: str) -> str:
    return f"{written_number(seconds, 2 if seconds < 1 else 1, language)} s"


def _count(tokens: int, language: str) -> str:
    return format_integer(tokens, language)
