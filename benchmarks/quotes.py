"""How often the quoted sentences hold the answer: python -m benchmarks.quotes

Every question of every set is asked through the public API with default settings. Printed: how often the gold answer
stands in the quotes, with k passages in all as the upper bound, how many quotes there are, and how long it takes.
"""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

from benchmarks.question_sets import available, indexed
from rag.core.types import TurnState

RESULT = Path(__file__).parent / "results" / "quotes.json"


def main() -> None:
    """Ask everything."""
    result = {}
    for questions in available():
        library = indexed(questions)
        in_quotes = in_passages = refused = 0
        counts, seconds = [], []
        for question in questions.questions:
            gold = " ".join(questions.documents[question.document][question.start : question.end].split()).casefold()
            began = time.perf_counter()
            turn = library.ask(question.text)
            seconds.append(time.perf_counter() - began)
            assert turn.state is TurnState.DONE
            assert turn.answer is not None
            refused += not turn.answer.answered
            counts.append(len(turn.answer.quotes))
            in_quotes += gold in " ".join(q.text for q in turn.answer.quotes).casefold()
            in_passages += gold in " ".join(" ".join(h.chunk.text.split()) for h in turn.hits).casefold()
        total = len(questions.questions)
        result[questions.name] = {
            "questions": total,
            "answer_in_passages": round(in_passages / total, 4),
            "answer_in_quotes": round(in_quotes / total, 4),
            "quotes_mean": round(statistics.mean(counts), 2),
            "refused": round(refused / total, 4),
            "ms_median": round(statistics.median(seconds) * 1000, 1),
            "ms_p95": round(statistics.quantiles(seconds, n=20)[-1] * 1000, 1),
        }
        library.close()
        print(questions.name, json.dumps(result[questions.name]))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
