"""What a model was given to read, what there was no room for, and what it did, as the ledger shows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.ui.i18n import text
from rag.ui.ledger.story import counted
from rag.ui.shell.formatting import number as written_number
from rag.ui.shell.formatting import visible, whole_number

FINISHES = {"stop": "finish_stop", "length": "finish_length", "stopped": "finish_stopped", "cut": "finish_cut"}
LEFT_OUT = {"conversation": "left_conversation", "examples": "left_examples", "passages": "left_passages"}


def prompt_data(kept: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The prompt of a ledger or of a step. text: letter for letter; said: how long it was; left_out: in words.

    bar: how full the context was, in the model's own count of tokens, each part with its share (0..1) of the context.
    examples, conversation: what was to be shown, each with whether there was room for it.
    """
    prompt = kept["prompt"]
    if "text" not in prompt:
        # kept by the version before the last, as two messages and without their length
        both = "\n\n".join(prompt[part] for part in ("system", "user") if prompt.get(part))
        return {"text": both, "said": text("ledger_tokens_unknown", language), **_NOTHING}
    tokens, context = prompt["tokens"], prompt["context"]
    estimated = bool(prompt.get("estimated"))
    key = "ledger_tokens_estimated" if estimated else "ledger_tokens"
    out = prompt.get("left_out")
    return {
        "text": prompt["text"],
        "said": text(key, language, tokens=_count(tokens, language), context=_count(context, language)),
        "bar": _bar(kept, language),
        "left_out": "" if not isinstance(out, Mapping) else _left_out(out, language),
        "examples": _shown(kept.get("examples", ()), out, "examples", language),
        "conversation": _shown(kept.get("conversation", ()), out, "conversation", language),
    }


_NOTHING: dict[str, Any] = {"bar": [], "left_out": "", "examples": [], "conversation": []}


def no_prompt(said: str) -> dict[str, Any]:
    """Where no model was asked, or where it was not recorded: `said` tells which."""
    return {"text": "", "said": said, **_NOTHING}


def used_rows(kept: Mapping[str, Any], language: str) -> list[list[str]]:
    """What a model did, as names and values; empty where that was not recorded."""
    used = kept.get("used")
    if not used:
        return []
    rows = []
    if used["finish"] in FINISHES:
        rows.append([text("used_finish", language), text(FINISHES[used["finish"]], language)])
    if used.get("first_token_s") is not None:
        rows.append([text("used_first", language), _seconds(used["first_token_s"], language)])
    rows.append([text("used_seconds", language), _seconds(used["seconds"], language)])
    if (speed := used.get("tokens_per_second")) is not None:
        said = written_number(speed, 0 if speed >= 10 else 1, language)
        rows.append([text("used_speed", language), text("used_speed_value", language, speed=said)])
    if used.get("prompt_tokens") is not None:
        cached = used.get("cached_tokens") or 0
        key = "used_prompt_cached" if cached else "used_prompt_value"
        tokens = _count(used["prompt_tokens"], language)
        rows.append(
            [text("used_prompt", language), text(key, language, tokens=tokens, cached=_count(cached, language))]
        )
    if used.get("written_tokens") is not None:
        tokens = _count(used["written_tokens"], language)
        rows.append([text("used_written", language), text("used_prompt_value", language, tokens=tokens)])
    if used.get("cost") is not None:
        cost = written_number(used["cost"], 4, language)
        rows.append([text("used_cost", language), f"{cost} {visible(used.get('currency') or '')}".rstrip()])
    return rows


def _bar(kept: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    prompt, used = kept["prompt"], kept.get("used") or {}
    context, counted_by_model = prompt["context"], used.get("prompt_tokens")
    if not context:
        return []
    estimated = bool(prompt.get("estimated")) and counted_by_model is None
    whole = prompt["tokens"] if counted_by_model is None else counted_by_model
    cached = min(used.get("cached_tokens") or 0, whole)
    written = used.get("written_tokens") or 0
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


def _left_out(out: Mapping[str, int], language: str) -> str:
    parts = [counted(key, out[name], language) for name, key in LEFT_OUT.items() if out.get(name)]
    if not parts:
        return text("budget_all_in", language)
    return text("budget_left_out", language, parts=", ".join(parts))


def _shown(given: Any, out: Any, name: str, language: str) -> list[dict[str, str]]:
    """Of the conversation the oldest are left out first, of the examples the least fitting, which are the last."""
    missing = out.get(name, 0) if isinstance(out, Mapping) else 0
    rows = []
    for place, one in enumerate(given):
        asked, answered = (one, "") if isinstance(one, str) else one
        read = place >= missing if name == "conversation" else place < len(given) - missing
        remark = "" if read else text("ledger_no_room", language)
        rows.append({"asked": asked, "answered": answered, "remark": remark})
    return rows


def _seconds(seconds: float, language: str) -> str:
    return f"{written_number(seconds, 2 if seconds < 1 else 1, language)} s"


def _count(tokens: int, language: str) -> str:
    return whole_number(tokens, language)
