"""Who answered, why it was them, and the way of the answer through their chain, as the ledger shows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.conversations.assistants.matching import EXAMPLE_WEIGHT, PERSPECTIVE_WEIGHT
from rag.core.i18n import say
from rag.core.settings import QUOTING
from rag.core.types import Turn
from rag.generation.prompts.builder import LANGUAGES
from rag.ui.i18n import text
from rag.ui.ledger.model_data import prompt_data, used_rows
from rag.ui.shell.formatting import number as written_number
from rag.ui.shell.formatting import visible


def named(kept: Mapping[str, Any], language: str) -> str:
    """An assistant of a ledger with its version: "Regler, version 2"."""
    version = text("angle_version", language, version=kept["version"])
    return f"{visible(str(kept['name']))}, {version}"


def who_data(turn: Turn, language: str) -> dict[str, Any]:
    """`name` is empty where nobody was asked, or where that was not recorded: `said` tells which."""
    nobody: dict[str, Any] = {"name": "", "rows": [], "perspective": "", "icon": "", "picture": ""}
    if "assistant" not in turn.ledger:
        return {**nobody, "said": text("not_recorded", language)}
    kept = turn.ledger["assistant"]
    if not kept:
        return {**nobody, "said": text("who_none", language)}
    rows = []
    if kept.get("scenario"):
        rows.append([text("who_scenario", language), visible(kept["scenario"])])
    if kept.get("tone"):
        rows.append([text("who_tone", language), visible(kept["tone"])])
    if (spoken := turn.ledger.get("language")) in LANGUAGES:
        rows.append([text("who_language", language), text(f"who_language_{spoken}", language)])
    if steps := turn.ledger.get("steps", ())[1:]:
        names = " → ".join(visible(step["name"]) for step in steps)
        rows.append([text("who_chain", language), names])
    return {
        "name": visible(kept["name"]),
        "said": text("angle_version", language, version=kept["version"]),
        "rows": rows,
        "perspective": str(kept.get("perspective") or "").strip(),
        "icon": kept.get("icon") or "person",
        "picture": kept.get("picture") or "",
    }


def router_data(turn: Turn, language: str) -> dict[str, Any] | None:
    """What a router weighed, the best first: each with what makes up its score; None where none was asked.

    parts: shares of the whole bar, 0..1, that add up to the score; see
    `rag.conversations.assistants.matching.match_assistants`.
    """
    kept = turn.ledger.get("assistant") or {}
    weighed = (kept.get("routed") or {}).get("weighed")
    if not weighed:
        return None
    return {
        "said": text("router_said", language, chosen=visible(kept["name"])),
        "rows": [_weighed(one, one["id"] == kept["id"], language) for one in weighed],
    }


def _weighed(one: Mapping[str, Any], chosen: bool, language: str) -> dict[str, Any]:
    score, example, scope, angle = one["score"], one["example"], one["scope"], one["angle"]
    of_example = EXAMPLE_WEIGHT * (angle if example is None else example)
    of_angle = PERSPECTIVE_WEIGHT * angle
    # what is left: the weight of a scope, and what stands for one where there is none
    of_scope = max(0.0, score - of_example - of_angle)

    def said(value: float) -> str:
        return written_number(value, 2, language)

    name = named(one, language)
    bar = text(
        "router_bar",
        language,
        name=name,
        score=said(score),
        example=said(of_example),
        scope=said(of_scope),
        angle=said(of_angle),
    )
    nearest = visible(" ".join(str(one["nearest"]).split()))
    return {
        "name": name,
        "chosen": chosen,
        "score": said(score),
        "bar": bar,
        "parts": [round(part, 4) for part in (of_example, of_scope, of_angle)],
        "example": text("router_no_example", language) if example is None else said(example),
        "nearest": nearest,
        "scope": text("router_no_scope", language) if scope is None else f"{round(100 * scope)} %",
        "angle": said(angle),
    }


def chain_data(turn: Turn, language: str) -> list[dict[str, Any]]:
    """Each step of the chain in order; empty where the answer was not handed on."""
    steps = turn.ledger.get("steps", ())
    # what the first one's model did is told of the turn as a whole
    return [
        _step(number, {**step, "used": turn.ledger.get("used")} if number == 1 else step, language)
        for number, step in enumerate(steps, 1)
    ]


def _step(number: int, step: Mapping[str, Any], language: str) -> dict[str, Any]:
    quoting = step["model"] == QUOTING
    notice = step.get("notice")
    prompt = prompt_data(step, language) if "prompt" in step else None
    said = ""
    if number == 1 and not quoting:
        said = text("chain_first_prompt", language)
    elif number > 1 and quoting:
        said = text("chain_quoting", language)
    seconds = (step.get("used") or {}).get("seconds")
    return {
        "title": text("chain_step", language, number=number, name=visible(step["name"])),
        "version": text("angle_version", language, version=step["version"]),
        "icon": step.get("icon") or "person",
        "model": text("quoting_choice", language) if quoting else visible(step["model"]),
        "time": "" if seconds is None else f"{written_number(max(seconds, 0.1), 1, language)} s",
        "input": step["input"],
        "output": step["output"] or text("chain_no_output", language),
        "empty": not step["output"],
        "said": said,
        "prompt": prompt,
        "used": used_rows(step, language),
        "notice": "" if not notice else say(notice["code"], language, **notice["values"]),
    }
