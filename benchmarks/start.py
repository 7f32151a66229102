"""How soon the first page is there, and the first answer: python -m benchmarks.start [--runs N] [--chunks N]

From the start of the server's process until the browser shows the heading and the language model is ready, on an
empty store; and on a store of 10,000 chunks until the field to ask in is there, until the sources of a question that
is asked at once are shown, and until it is answered. In the same run, a Streamlit app of one line that shows one
heading, as the baseline. The files are in the system's memory, as they are on a machine that has been used.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.big_store import make
from benchmarks.browser import browser, server, wait_for
from benchmarks.machine import Taken
from benchmarks.question_sets import DATA, load
from rag.models import DEFAULT_EMBEDDING, resolve_embedding

RESULT = Path(__file__).parent / "results" / "start.json"


def kilde(window: Browser, data: Path) -> tuple[float, float]:
    """Seconds to the first page, and to the model being ready."""
    with server(data) as (url, began):
        wait_for(url)
        page = window.new_page()
        page.goto(url)
        page.get_by_role("heading").first.wait_for()
        drawn = time.monotonic() - began
        page.get_by_text("Getting the language model ready").wait_for()
        page.get_by_text("Getting the language model ready").wait_for(state="detached", timeout=120_000)
        ready = time.monotonic() - began
        page.close()
    return drawn, ready


def first_answer(window: Browser, data: Path, question: str) -> tuple[float, float, float]:
    """Seconds to the field to ask in, to the sources of a question asked at once, and to the end of its answer."""
    with server(data) as (url, began):
        wait_for(url)
        page = window.new_page()
        page.goto(url)
        field = page.get_by_placeholder("Ask your documents…")
        field.wait_for()
        drawn = time.monotonic() - began
        field.fill(question)
        field.press("Enter")
        page.locator(".sources li.card").first.wait_for(timeout=120_000)
        found = time.monotonic() - began
        page.get_by_role("button", name="Regenerate").first.wait_for(timeout=120_000)
        answered = time.monotonic() - began
        page.close()
    return drawn, found, answered


def one_line(window: Browser, folder: Path, port: int = 8599) -> float:
    """Seconds to the first page of an app of one line."""
    (folder / "one.py").write_text("import streamlit as st\nst.title('One line')\n", encoding="utf-8")
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "one.py", "--server.port", str(port), "--server.headless", "true"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url)
        page = window.new_page()
        page.goto(url)
        page.get_by_role("heading").first.wait_for()
        seconds = time.monotonic() - began
        page.close()
    finally:
        process.terminate()
        process.wait()
    return seconds


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chunks", type=int, default=10_000, help="of the store that is asked")
    arguments = parser.parse_args()
    runs: int = arguments.runs
    drawn, ready, baseline = [], [], []
    asked: list[tuple[float, float, float]] = []
    large, taken = make(arguments.chunks), Taken()
    question = load(DATA / "xquad_en.json").questions[0].text
    with tempfile.TemporaryDirectory() as temporary, browser() as window:
        data = Path(temporary) / "data"
        resolve_embedding(DEFAULT_EMBEDDING, data / "models")
        for _ in range(runs):
            first, second = kilde(window, data)
            drawn.append(first)
            ready.append(second)
            baseline.append(one_line(window, Path(temporary)))
        store = Path(temporary) / "large"
        shutil.copytree(large, store)
        (store / "models").symlink_to(data / "models")
        first_answer(window, store, question)  # not counted: it brings a store of an older version up to date
        for _ in range(runs):
            asked.append(first_answer(window, store, question))
    result = {
        "runs": runs,
        "taken_by_others": taken.share(),
        "first_page_s": [round(v, 2) for v in sorted(drawn)],
        "first_page_median_s": round(statistics.median(drawn), 2),
        "model_ready_median_s": round(statistics.median(ready), 2),
        "one_line_app_median_s": round(statistics.median(baseline), 2),
        "ratio_to_one_line_app": round(statistics.median(drawn) / statistics.median(baseline), 2),
        "large": {
            "chunks": arguments.chunks,
            **{
                name: round(statistics.median(seconds), 2)
                for name, seconds in zip(
                    ("first_page_median_s", "first_search_median_s", "first_answer_median_s"),
                    zip(*asked, strict=True),
                    strict=True,
                )
            },
        },
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
