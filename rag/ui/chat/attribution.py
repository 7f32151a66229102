"""Who answered a turn and what it took, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.core.model_ref import QUOTING, ModelRef
from rag.core.types import ROUTER, Answer, Assistant, Turn, TurnState
from rag.ui.assistants.form_data import ICONS
from rag.ui.i18n import text
from rag.ui.shell.formatting import number, visible

TELLS = 0.05
"""A share below this is no reason to choose an assistant."""


def answered_by(turn: Turn, language: str, asked: Assistant | None = None) -> dict[str, Any] | None:
    """Who answered, and why it was chosen, for the `turn` component; None where no assistant was asked.

    asked: the assistant that is to answer, while the turn does not say so itself yet.
    """
    kept = turn.ledger.get("assistant")
    if kept is None and asked is not None:
        kept = {"id": asked.id, "version": asked.version, "name": asked.name} | _look(asked.icon, asked.picture)
    if not kept:
        return None
    name, version = visible(kept["name"]), kept.get("version", 0)
    weighed = (kept.get("routed") or {}).get("weighed", ())
    return {
        "id": kept.get("id", 0),
        "name": name,
        "said": text("who_version", language, name=name, version=version) if version else name,
        **_look(kept.get("icon", ""), kept.get("picture", "")),
        "because": because(weighed[0], language) if weighed else "",
        "others": _others(weighed[1:], language),
    }


def because(fit: Mapping[str, Any], language: str) -> str:
    """Why the router chose it, in one sentence. fit: the first of what the ledger says that it weighed."""

    def share(name: str) -> float:
        return float(fit.get(name) or 0.0)

    reasons = []
    if fit.get("nearest") and share("example") >= TELLS:
        example = visible(str(fit["nearest"]))
        reasons.append(text("who_example", language, example=example, share=_percent(share("example"))))
    if share("scope") >= TELLS:
        reasons.append(text("who_scope", language, share=_percent(share("scope"))))
    if share("angle") >= TELLS:
        reasons.append(text("who_angle", language, share=_percent(share("angle"))))
    if not reasons:
        reasons.append(text("who_nothing", language))
    *first, last = reasons
    both = f"{', '.join(first)} {text('who_and', language)} {last}" if first else last
    return text("who_chosen", language, reasons=both)


def chain(turn: Turn, steps: Sequence[str] = (), at: int = 0) -> list[dict[str, str]]:
    """The assistants that the answer went through, in order; none for fewer than two.

    steps: their names, and at: the number of the one at work, from 1, while the turn runs.
    """
    if turn.state is TurnState.RUNNING:
        states = ["done" if n < at else "now" if n == at else "waits" for n in range(1, len(steps) + 1)]
        found = [{"name": visible(name), "state": state} for name, state in zip(steps, states, strict=True)]
    else:
        found = [
            {"name": visible(step["name"]), "state": "done" if step.get("output") else "nothing"}
            for step in turn.ledger.get("steps", ())
        ]
    return found if len(found) > 1 else []


def is_cut_off(turn: Turn) -> bool:
    """Whether what a model wrote breaks off before its end, and the user did not stop it."""
    answer: Answer | None = turn.answer
    return answer is not None and (answer.cut_off or (turn.state is TurnState.FAILED and answer.is_written))


def took(turn: Turn, language: str, *, free: bool = False) -> list[str]:
    """Such as ["first word 0.8 s", "44 tokens/s", "0.02 USD"]. free: say so where it cost nothing."""
    used = [one for one in (turn.ledger.get("used"), *_of_steps(turn)) if one]
    said = []
    first = next((one["first_token_s"] for one in used if one.get("first_token_s") is not None), None)
    if first is not None:
        # "0,0 s" would read as if it had been there before it was asked
        said.append(text("first_word", language, seconds=number(max(first, 0.1), 1, language)))
    speed = next((one["tokens_per_second"] for one in reversed(used) if one.get("tokens_per_second")), None)
    if speed is not None:
        said.append(text("tokens_per_second", language, count=number(speed, 0 if speed >= 10 else 1, language)))
    costs: dict[str, float] = {}
    for one in used:
        if one.get("cost"):
            currency = str(one.get("currency", ""))
            costs[currency] = costs.get(currency, 0.0) + one["cost"]
    for currency, cost in costs.items():
        written = number(cost, 2 if cost >= 0.01 else 4, language)
        said.append(text("cost_of", language, cost=written, currency=visible(currency)).strip())
    if free and not costs:
        said.append(text("cost_free", language))
    return said


def model_name(model: str, language: str) -> str:
    """An answer model as a reader names it: "Quotes only", a file's name, a server's model, a folder's name."""
    ref = ModelRef.parse(model)
    if ref.kind == "quoting":
        return text("quoting_model", language)
    return visible(f"{ref.model} ({ref.server})" if ref.kind == "server" else ref.model)


def title(turn: Turn, language: str, asked: Assistant | None = None) -> str:
    """What a turn of a panel is called: its assistant, or its model where it had none."""
    who = answered_by(turn, language, asked)
    if who is not None:
        return str(who["name"])
    if turn.conditions.assistant == ROUTER:
        return text("choice_router", language)
    return model_name(str(turn.ledger.get("answer_model") or turn.conditions.answer_model or QUOTING), language)


def _look(icon: str, picture: str) -> dict[str, str]:
    # a name that is no icon would be drawn as a word
    return {"icon": icon if icon in ICONS else "person", "picture": picture}


def _others(weighed: Sequence[Mapping[str, Any]], language: str) -> str:
    names = [
        text("who_score", language, name=visible(one["name"]), share=_percent(one.get("score") or 0.0))
        for one in weighed
    ]
    return text("who_others", language, names=", ".join(names)) if names else ""


def _of_steps(turn: Turn) -> list[Mapping[str, Any]]:
    return [step["used"] for step in turn.ledger.get("steps", ()) if step.get("used")]


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
