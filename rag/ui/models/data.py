"""The texts and figures of the models page, made here and drawn in `rag.ui.models.page`. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rag.generation.model_catalog import AnswerModel
from rag.generation.model_trials import TrialReport
from rag.models.download.candidates import Choice
from rag.models.hardware import Carried, Machine, carries, needed_memory
from rag.ui.i18n import text
from rag.ui.shell.formatting import (
    escape_markdown,
    file_size,
    format_integer,
    format_number,
    format_unit_value,
    visible,
)

LONGEST_TITLE = 120  # characters
DEFAULT_PATTERN = "q4_k_m"
_CARRIED = {"well": "models_well", "slowly": "models_slowly", "not": "models_too_large"}


def key_of(name: str) -> str:
    """A short key for a widget: names hold characters that must not be in keys."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def label_for(label: str, name: str) -> str:
    """A button's label with what it is for, which only a screen reader says: see models.css. As Markdown."""
    return f"{label} :gray[{escape_markdown(name)}]"


def size_text(size: int, language: str) -> str:
    """ "1.1 GB", or smaller as file managers write it; "" for nothing."""
    if not size:
        return ""
    return (
        format_unit_value(size / 1e9, "gigabyte", 1, language) if size >= 1_000_000_000 else file_size(size, language)
    )


def title_of(model: AnswerModel, language: str) -> str:
    """The model's name for people, as plain text."""
    return text("models_quoting", language) if model.kind == "quoting" else visible(model.title)[:LONGEST_TITLE]


def distinct_title(model: AnswerModel, models: Iterable[AnswerModel], language: str) -> str:
    """The model's title, with the name it is chosen by where another model has the same title. Plain text."""
    title = title_of(model, language)
    is_shared = any(other.name != model.name and title_of(other, language) == title for other in models)
    return f"{title} ({visible(model.name)})" if is_shared else title


def origin_of(model: AnswerModel, language: str) -> str:
    """Where the model came from, as plain text."""
    return text(f"models_from_{model.origin}", language, detail=visible(model.detail))


def facts(model: AnswerModel, language: str) -> list[str]:
    """The model's size, licence and so on, each as plain text; what is not known is left out."""
    context = format_integer(model.context, language)
    return [
        visible(fact)
        for fact in (
            text("models_parameters", language, count=model.parameters) if model.parameters else "",
            size_text(model.bytes, language),
            model.quantisation,
            model.path.name if model.kind == "gguf" and model.path and model.path.name != model.title else "",
            text("models_context", language, count=context) if model.context else "",
            text("models_licence", language, licence=model.licence) if model.licence else "",
        )
        if fact
    ]


def matching(models: Iterable[AnswerModel], query: str, language: str) -> list[AnswerModel]:
    """The models whose title, name or origin contains `query`, in any case."""
    query = query.casefold().strip()
    return [
        model
        for model in models
        if query in f"{title_of(model, language)}\n{model.name}\n{origin_of(model, language)}".casefold()
    ]


def has_language_model(models: Iterable[AnswerModel]) -> bool:
    """Whether there is a language model that can be used and is large enough to be of use."""
    return any(
        model.kind != "quoting" and model.usable and model.good_for not in ("good_base", "good_tiny")
        for model in models
    )


def speed_text(report: TrialReport, language: str, *, quoting: bool = False) -> list[str]:
    """The figures of a trial, each as plain text."""
    speed, first, load = report.tokens_per_second, report.first_token_s, report.load_s
    return [
        part
        for part in (
            text("models_speed", language, speed=rate(speed, language)) if speed and not quoting else "",
            text("models_first_word", language, seconds=format_number(first, 1, language)) if first is not None else "",
            text("models_load", language, seconds=format_number(load, 1, language)) if load is not None else "",
        )
        if part
    ]


def verdicts(report: TrialReport, language: str) -> list[tuple[bool, str]]:
    """How the answer was judged: for each rule whether it is kept, and a text that says so."""
    language_name = text(f"written_in_{report.language}", language)
    return [
        (report.right, text("models_right" if report.right else "models_wrong", language)),
        (
            report.in_language,
            text("models_in_language" if report.in_language else "models_other_language", language, name=language_name),
        ),
        (report.cited, text("models_cited" if report.cited else "models_not_cited", language)),
    ]


def bars(models: Sequence[AnswerModel], reports: Mapping[str, TrialReport], language: str) -> dict[str, Any] | None:
    """The speeds side by side, for `rag.ui.components.lab.draw_bars`; None where fewer than two were measured."""
    measured = [
        (model, report, report.tokens_per_second, report.first_token_s or 0.0)
        for model in models
        if model.kind != "quoting" and (report := reports.get(model.name)) is not None and report.tokens_per_second
    ]
    if len(measured) < 2:
        return None
    fastest = max(speed for _, _, speed, _ in measured)
    longest = max(first for _, _, _, first in measured) or 1.0
    return {
        "title": text("models_compared", language),
        "now": text("models_unit", language),
        "before": text("models_first_short", language),
        "figures": [
            {
                "name": title_of(model, language),
                "now": speed / fastest,
                "now_text": rate(speed, language),
                "before": first / longest,
                "before_text": f"{format_number(first, 1, language)} s",
            }
            for model, _, speed, first in sorted(measured, key=lambda entry: -entry[2])
        ],
    }


def rate(speed: float, language: str) -> str:
    """Tokens a second, with as many digits as say something."""
    return format_number(speed, 0 if speed >= 20 else 1, language)


def carried_text(size: int, carried: Carried, speed: float, language: str) -> str:
    """A text on how well this machine runs a model file of `size` bytes."""
    needed = format_number(needed_memory(size) / 1e9, 1, language)
    return text(_CARRIED[carried], language, speed=rate(speed, language), needed=needed)


def preselected(
    choices: Sequence[Choice], machine: Machine, measured: Sequence[tuple[int, float]], pattern: str = DEFAULT_PATTERN
) -> int:
    """Which of several files to offer first: the usual 4-bit one where it fits, else the largest that does, else 0."""
    fitting = [n for n, choice in enumerate(choices) if carries(choice.size, machine, measured) != "not"]
    usual = [n for n in fitting if pattern in choices[n].name.lower()]
    return usual[0] if usual else fitting[-1] if fitting else 0
