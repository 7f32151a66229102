"""Do answers come in the language of the question? python -m benchmarks.answer_language --model PATH.gguf

50 Danish questions, answered by a language model through the public API with default settings: 20 about a Danish
manual, and 30 whose passages are English (questions of XQuAD, put into Danish by hand), where a model is tempted to
go on in the language that it reads. Counted: the language of each answer as `py3langid` and function words tell it,
what the model said it did not find, and how often the right answer stands in it (for Danish answers from English
passages that is a lower bound: the right words are the English ones).
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks.manual import fetched
from benchmarks.question_sets import CACHE, DATA, available, indexed
from rag.core.text.languages import answer_language
from rag.core.types import Conditions, Turn
from rag.library import Library

RESULT = Path(__file__).parent / "results" / "answer_language.json"


def main() -> None:
    """Ask all 50, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", required=True, help="an answer model by its name, such as the path of a GGUF file")
    parser.add_argument("--show", action="store_true", help="print every answer")
    given = parser.parse_args()
    model = str(Path(given.model).resolve()) if Path(given.model).is_file() else given.model
    result: dict[str, Any] = {"model": Path(model).name}
    for name, library, questions in (
        ("danish passages", _manual(), _read("debian_edu_da.jsonl", lambda one: "no" not in one["id"])),
        ("english passages", _english(), _read("danish_over_english.jsonl", lambda one: True)),
    ):
        with library:
            rows = [_asked(library, one, model, given.show) for one in questions]
        written = [row for row in rows if row["language"]]
        result[name] = {
            "questions": len(rows),
            "written": len(written),
            "in Danish": sum(row["language"] == "da" for row in written),
            "found nothing": sum(row["nothing"] for row in rows),
            "right words": sum(row["right"] for row in rows),
            "seconds_median": round(statistics.median(row["seconds"] for row in rows), 1),
        }
        print(name, json.dumps(result[name]))
    kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    RESULT.write_text(json.dumps({**kept, result["model"]: result}, indent=1) + "\n", encoding="utf-8")


def _manual() -> Library:
    library = Library.open(CACHE / "answer_language", work=False)
    if not library.documents.all():
        path = fetched()
        library.documents.add(path.name, path.read_bytes())
        library.work_until_done(lambda progress: None)
    return library


def _english() -> Library:
    return indexed(next(one for one in available() if one.name == "xquad_en"))


def _read(name: str, wanted: Any) -> list[dict[str, Any]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if wanted(one)]


def _asked(library: Library, one: dict[str, Any], model: str, show: bool) -> dict[str, Any]:
    turn: Turn | None = None
    for event in library.ask_events(one["q"], conditions=Conditions(answer_model=model, regardless=True)):
        turn = getattr(event, "turn", turn)
    assert turn is not None
    assert turn.answer is not None
    said = turn.answer.text if turn.answer.is_written else ""
    nothing = turn.notice is not None and turn.notice.code == "model_found_nothing"
    if turn.notice is not None and not nothing:
        print(one["id"], turn.notice)
    if show:
        print(f"{one['q']}\n    {said or '-'}")
    return {
        "language": answer_language(said) if said else "",
        "nothing": nothing,
        "right": " ".join(one["answer"].casefold().split()) in " ".join(said.casefold().split()),
        "seconds": turn.timings_ms.get("total", 0.0) / 1000,
    }


if __name__ == "__main__":
    main()
