"""Everyday questions over everyday files, asked as users ask them: python -m benchmarks.everyday [--together | --both]

Invoices, spec sheets, price lists, contracts, minutes, mails, reports: `sources.py` says how they are kept, `files.py`
makes real files of them. Each question is asked of a library with its own documents, or with --together of one with
all of them; what is right is what the first quote holds. Printed and kept: how many were right first, right later,
wrong, refused wrongly, refused rightly and answered wrongly, by kind, language, format and split, with 95 % bootstrap
intervals over documents, and how far the chance can be believed that answers are given with.

The half that is called "test" is not looked at while answers are tuned: --wrong lists questions of the other half only.
--training asks the training questions instead, of which nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.everyday.files import written
from benchmarks.everyday.judging import GOOD, Asked, Verdict, bands, figures, holds, verdict
from benchmarks.everyday.questions import SET, TRAINING, Question, groups, read
from benchmarks.everyday.sources import sources
from benchmarks.kept import CACHE, kept
from benchmarks.machine import machine
from rag.core.file_types import BY_SUFFIX
from rag.library import Library

RESULT = Path(__file__).parent.parent / "results" / "everyday.json"
FOLDER = CACHE / "everyday"
SLICES = ("split", "kind", "language", "format")


def ask(library: Library, question: Question) -> Asked:
    turn = library.ask(question.question)
    answer = turn.answer
    quotes = tuple(quote.text for quote in answer.quotes) if answer and answer.answered else ()
    right = question.right
    return Asked(
        question,
        verdict(quotes, right),
        quotes,
        turn.trace.answerability.chance,
        right is not None and any(holds(hit.chunk.text, right) for hit in turn.hits),
        turn.timings_ms.get("total", 0.0),
    )


def ask_all(questions: Sequence[Question], *, split: str | None = None, together: str = "") -> Iterator[Asked]:
    """Each question, or those of a split, of its own documents.

    together: the name of a library with the documents of all questions, of which they are asked instead; whatever the
    split, since what else lies there makes questions hard. Libraries are kept under `cache/everyday/` and made anew
    where what reads, cuts or embeds changed.
    """
    names = {name for question in questions for name in question.files}
    wanted = [question for question in questions if split in (None, question.split)]
    found = written({name: source for name, source in sources().items() if name in names}, FOLDER / "files")
    readable = {name: path for name, path in found.items() if path.suffix in BY_SUFFIX}
    asked = {tuple(sorted(names)): [one for one in wanted if not one.alone]} if together else groups(wanted)
    for files, of in asked.items():
        documents = {name: readable[name] for name in files if name in readable}
        if documents:
            with kept(f"everyday/{together or files[0]}", documents) as opened:
                for question in of:
                    known = any(name in documents for name in question.files)
                    yield ask(opened, question) if known else Asked(question, Verdict.NOT_READ)
        else:
            yield from (Asked(question, Verdict.NOT_READ) for question in of)


def summary(asked: Sequence[Asked]) -> dict[str, Any]:
    """What is kept of a run: figures of all and by slice, and each question's verdict."""
    times = sorted(one.ms for one in asked if one.verdict is not Verdict.NOT_READ)
    return {
        "all": figures(asked),
        **{
            name: {
                value: figures([one for one in asked if getattr(one.question, name) == value])
                for value in sorted({getattr(one.question, name) for one in asked})
            }
            for name in SLICES
        },
        "by_chance": bands(asked),
        "ms_median": round(statistics.median(times), 1),
        "ms_p95": round(times[int(len(times) * 0.95)], 1),
        "verdicts": {one.question.id: one.verdict for one in asked},
    }


def table(result: dict[str, Any]) -> Iterator[str]:
    """The lines to print of a summary."""
    yield f"{'':14}" + "".join(f"{name:>18}" for name in ("questions", *Verdict)) + f"{'right first':>24}{'held':>8}"
    slices = [("all", result["all"]), *((value, one) for name in SLICES for value, one in result[name].items())]
    for value, one in slices:
        first = one.get("right_first")
        share = f"{first['value']:.3f} [{first['interval'][0]:.3f}, {first['interval'][1]:.3f}]" if first else "-"
        held = f"{one['held']['value']:.3f}" if first else "-"
        counts = "".join(f"{one['counts'].get(name, 0):>18}" for name in Verdict)
        yield f"{value:14}{one['questions']:>18}{counts}{share:>24}{held:>8}"
    for band in result["by_chance"]:
        yield f"chance {band['from']} to {band['to']}: {band['answers']} answers, right first {band['right_first']:.3f}"
    yield f"median {result['ms_median']} ms, 95 % under {result['ms_p95']} ms"


def main() -> None:
    """Ask, print, and keep the figures under results/."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--together", action="store_true", help="all documents in one library")
    mode.add_argument("--both", action="store_true", help="first each document's own library, then together")
    parser.add_argument("--split", choices=("dev", "test"), help="this half alone; nothing is kept")
    parser.add_argument("--training", action="store_true", help="the training questions instead; nothing is kept")
    parser.add_argument("--wrong", action="store_true", help="list what was not right, outside of the half called test")
    options = parser.parse_args()
    for together in (False, True) if options.both else (options.together,):
        result = asked_all(options, together=together)
        print("together" if together else "alone", "\n".join(table(result)), sep="\n", flush=True)
        if not options.split and not options.training:
            keep("together" if together else "alone", result)


def asked_all(options: argparse.Namespace, *, together: bool) -> dict[str, Any]:
    """The summary of a run, by what the command line asks for."""
    questions = read(TRAINING if options.training else SET)
    library = ("training" if options.training else "set") if together else ""
    FOLDER.mkdir(parents=True, exist_ok=True)
    asked = []
    for one in ask_all(questions, split=options.split, together=library):
        asked.append(one)
        if options.wrong and one.verdict not in GOOD and one.question.split != "test":
            print(f"{one.verdict:17} {one.question.files[0][:30]:30} {one.question.question} {list(one.quotes)[:2]}")
    return summary(asked)


def keep(mode: str, result: dict[str, Any]) -> None:
    """Put a run beside the other one that is kept."""
    before = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    kept_result = {**before, "machine": machine(), mode: result}
    RESULT.write_text(json.dumps(kept_result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
