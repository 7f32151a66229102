"""Recommended language models: openly licensed, instruction-tuned, and able to write Danish.

Names and licences are those of the makers' pages in 2026; nothing was fetched from the hub. The sizes of Ministral 3 8B
and Gemma 4 E4B are estimates from other files of theirs, as no page with that of the 4-bit file was found; a download
shows the real one. A model that is gone is reported at the download, and any other name can be typed in. Models that
reason before they answer (Qwen3.5, DeepSeek-R1) are left out on purpose, as that takes minutes on a CPU; those here do
not, or only when told to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.models.hardware import Carried, Machine, carries


@dataclass(frozen=True, slots=True)
class RecommendedModel:
    """A model on the hub. pattern: case-insensitive part of the name of its file with 4-bit weights.

    size: bytes of that file. licence: SPDX, or the name of other terms. good_for: code of a sentence of the models
    page. terms: whether the licence is not open source and has conditions.
    """

    model: str
    title: str
    pattern: str
    parameters: str
    size: int
    licence: str
    good_for: str
    terms: bool = False


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommended model on this machine. tokens_per_second: expected."""

    model: RecommendedModel
    carried: Carried
    tokens_per_second: float


KNOWN = (
    RecommendedModel(
        "Qwen/Qwen2.5-1.5B-Instruct-GGUF", "Qwen2.5 1.5B", "q4_k_m", "1.5B", 1_117_000_000, "Apache-2.0", "good_quick"
    ),
    RecommendedModel(
        "ggml-org/gemma-3-4b-it-GGUF", "Gemma 3 4B", "q4_k_m", "4B", 2_490_000_000, "Gemma", "good_danish", terms=True
    ),
    RecommendedModel(
        "unsloth/Qwen3-4B-Instruct-2507-GGUF",
        "Qwen3 4B Instruct 2507",
        "q4_k_m",
        "4B",
        2_497_000_000,
        "Apache-2.0",
        "good_everyday",
    ),
    RecommendedModel(
        "mistralai/Ministral-3-8B-Instruct-2512-GGUF",
        "Ministral 3 8B",
        "q4_k_m",
        "8B",
        5_200_000_000,
        "Apache-2.0",
        "good_long",
    ),
    RecommendedModel(
        "ggml-org/gemma-4-E4B-it-GGUF", "Gemma 4 E4B", "q4_k_m", "8B", 5_300_000_000, "Apache-2.0", "good_careful"
    ),
    RecommendedModel(
        "ggml-org/gemma-3-12b-it-GGUF",
        "Gemma 3 12B",
        "q4_k_m",
        "12B",
        7_300_000_000,
        "Gemma",
        "good_best_danish",
        terms=True,
    ),
    RecommendedModel(
        "mistralai/Ministral-3-14B-Instruct-2512-GGUF",
        "Ministral 3 14B",
        "q4_k_m",
        "14B",
        8_200_000_000,
        "Apache-2.0",
        "good_best",
    ),
    RecommendedModel(
        "Qwen/Qwen2.5-14B-Instruct-GGUF", "Qwen2.5 14B", "q4_k_m", "14B", 8_990_000_000, "Apache-2.0", "good_reasoning"
    ),
)


def recommendations(machine: Machine, measured: Sequence[tuple[int, float]] = ()) -> list[Recommendation]:
    """All recommended models, smallest first, with their expected performance here. measured: see `Machine`."""
    return [
        Recommendation(model, carries(model.size, machine, measured), machine.tokens_per_second(model.size, measured))
        for model in KNOWN
    ]
