"""What a closed library leaves in memory: python -m benchmarks.closing [--libraries N] [--models FOLDER]

Opens and closes libraries one after another in one process, each with the real embedding model, one document and one
question, and prints this process's resident memory before and after each is closed. The last line is JSON: `most`, the
largest of these figures in bytes, and `left`, the last one.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import psutil

from rag.library import Library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libraries", type=int, default=40)
    parser.add_argument("--models", type=Path, help="a folder of unpacked models; else they are unpacked first")
    arguments = parser.parse_args()
    process = psutil.Process()
    sizes: list[int] = []
    with tempfile.TemporaryDirectory() as work:
        models = (arguments.models or Path(work) / "models").resolve()
        models.mkdir(parents=True, exist_ok=True)
        for number in range(1, arguments.libraries + 1):
            folder = Path(work) / f"library-{number}"
            folder.mkdir()
            (folder / "models").symlink_to(models, target_is_directory=True)
            with Library.open(folder) as library:
                library.documents.add("warranty.txt", f"Batteriet er dækket i {number} måneder.\n".encode())
                library.wait()
                turn = library.ask("Hvor længe er batteriet dækket?")
                assert turn.hits and library.embedding_model().status.state == "ready", library.embedding_model().status
                sizes.append(process.memory_info().rss)
            sizes.append(process.memory_info().rss)
            print(f"{number}: {sizes[-2] / 1e6:.0f} MB open, {sizes[-1] / 1e6:.0f} MB closed", flush=True)
    print(json.dumps({"most": max(sizes), "left": sizes[-1]}))


if __name__ == "__main__":
    main()
