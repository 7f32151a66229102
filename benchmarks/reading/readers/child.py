"""Reads files in a reader's own environment: python -m benchmarks.reading.readers.child READER

Answers each path on standard input with a line of JSON, {"text", "seconds"} or {"failed", "seconds"}, after a first
line when the library is loaded. What libraries print goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from pathlib import Path

from benchmarks.reading.readers.adapters import loaded


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library's own output must not get between the lines
    warnings.simplefilter("ignore")
    read = loaded(sys.argv[1])
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        answer: dict[str, object]
        try:
            answer = {"text": read(Path(line.rstrip("\n")))}
        except Exception as error:  # noqa: BLE001 - whatever a library raises is a file that it did not read
            answer = {"failed": f"{type(error).__name__}: {error}"[:300]}
        answer["seconds"] = round(time.perf_counter() - began, 3)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
