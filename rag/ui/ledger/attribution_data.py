"""Who answered, why it was them, and the way of the answer through their chain, as data for the ledger. Pure."""

from typing import Any

from rag.conversations.assistants.matching import EXAMPLE_WEIGHT, PERSPECTIVE_WEIGHT
from rag.core.i18n import say
from rag.core.model_ref import QUOTING
from rag.core.types import Turn
from rag.core.types.trace import AssistantTrace, WeighedAssistant
from rag.core.types.writing import GenerationTrace, StepTrace
from rag.generation.prompts.builder import LANGUAGES
from rag.ui.i18n import text
from rag.ui.ledger.model_data import prompt_data, used_rows
from rag.ui.shell.formatting import format_number as written_number
from rag.ui.shell.formatting import visible


def named(assistant: AssistantTrace | WeighedAssistant, language: str) -> str:
    """An assistant of a trace with its version: "Regler, version 2"."""
    version = text("effect_version", language, version=assistant.version)
    return f"{visible(assistant.name)}, {version}"


def who_data(turn: Turn, language: str) -> dict[str, Any]:
    """`name` is empty where nobody was asked, or where that was not recorded: `said` tells which."""
    nobody: dict[str, Any] = {"name": "", "rows": [], "perspective": "", "icon": "", "picture": ""}
    plan = turn.trace.plan
    assistant = plan.assistant
    if assistant is None:
        return {**nobody, "said": text("not_recorded", language)}
    if not assistant:
        return {**nobody, "said": text("who_none", language)}
    rows = []
    if assistant.scenario:
        rows.append([text("who_scenario", language), visible(assistant.scenario)])
    if assistant.tone:
        rows.append([text("who_tone", language), visible(assistant.tone)])
    if plan.language in LANGUAGES:
        rows.append([text("who_language", language), text(f"who_language_{plan.language}", language)])
    if steps := turn.trace.writing.steps[1:]:
        names = " → ".join(visible(step.name) for step in steps)
        rows.append([text("who_chain", language), names])
    return {
        "name": visible(assistant.name),
        "said": text("effect_version", language, version=assistant.version),
        "rows": rows,
        "perspective": assistant.perspective.strip(),
        "icon": assistant.icon or "person",
        "picture": assistant.picture,
    }


def router_data(turn: Turn, language: str) -> dict[str, Any] | None:
    """What a router weighed, the best first: each with what makes up its score; None where none was asked.

    parts: shares of the whole bar, 0..1, that add up to the score; see
    `rag.conversations.assistants.matching.match_assistants`.
    """
    chosen = turn.trace.plan.assistant
    if not chosen or not chosen.weighed:
        return None
    return {
        "said": text("router_said", language, chosen=visible(chosen.name)),
        "rows": [_weighed(weighed, weighed.id == chosen.id, language) for weighed in chosen.weighed],
    }


def _weighed(weighed: WeighedAssistant, chosen: bool, language: str) -> dict[str, Any]:
    example, scope, perspective = weighed.example, weighed.scope, weighed.perspective
    of_example = EXAMPLE_WEIGHT * (perspective if example is None else example)
    of_perspective = PERSPECTIVE_WEIGHT * perspective
    # what is left: the weight of a scope, and what stands for one where there is none
    of_scope = max(0.0, weighed.score - of_example - of_perspective)

    def written(value: float) -> str:
        return written_number(value, 2, language)

    name = named(weighed, language)
    bar = text(
        "router_bar",
        language,
        name=name,
        score=written(weighed.score),
        example=written(of_example),
        scope=written(of_scope),
        angle=written(of_perspective),
    )
    nearest = visible(" ".join(weighed.nearest.split()))
    return {
        "name": name,
        "chosen": chosen,
        "score": written(weighed.score),
        "bar": bar,
        "parts": [round(part, 4) for part in (of_example, of_scope, of_perspective)],
        "example": text("router_no_example", language) if example is None else written(example),
        "nearest": nearest,
        "scope": text("router_no_scope", language) if scope is None else f"{round(100 * scope)} %",
        "perspective": written(perspective),
    }


def chain_data(turn: Turn, language: str) -> list[dict[str, Any]]:
    """Each step of the chain in order; empty where the answer was not handed on."""
    writing = turn.trace.writing
    # what the first one's model did is recorded of the turn as a whole
    of_first = GenerationTrace(used=writing.generation.used)
    return [
        _step(number, step, of_first if number == 1 else step.generation, language)
        for number, step in enumerate(writing.steps, 1)
    ]


def _step(number: int, step: StepTrace, generation: GenerationTrace, language: str) -> dict[str, Any]:
    quoting = step.model == QUOTING
    notice, used = step.notice, generation.used
    prompt = prompt_data(generation, language) if generation.prompt is not None else None
    said = ""
    if number == 1 and not quoting:
        said = text("chain_first_prompt", language)
    elif number > 1 and quoting:
        said = text("chain_quoting", language)
    return {
        "title": text("chain_step", language, number=number, name=visible(step.name)),
        "version": text("effect_version", language, version=step.version),
        "icon": step.icon or "person",
        "model": text("quoting_choice", language) if quoting else visible(step.model),
        "time": "" if used is None else f"{written_number(max(used.seconds, 0.1), 1, language)} s",
        "input": step.input,
        "output": step.output or text("chain_no_output", language),
        "empty": not step.output,
        "said": said,
        "prompt": prompt,
        "used": used_rows(used, language),
        "notice": "" if notice is None else say(notice.code, language, **notice.values),
    }
