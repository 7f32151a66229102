"""Each peer's own virtual environment, made once from its pinned requirements and made anew when they change."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.question_sets import CACHE

REQUIREMENTS = Path(__file__).parent
ENVIRONMENTS = CACHE / "peers"
OURS = "kilde"
MARK = "requirements.txt"
"""Of the environment: a copy of what was installed in it, written last."""
_VERSIONS = """
import importlib.metadata, json, sys
found = {one.metadata["Name"].lower().replace("_", "-"): one.version for one in importlib.metadata.distributions()}
print(json.dumps({name: found[name] for name in sys.argv[1:] if name in found}))
"""


def environment_of(peer: str) -> str:
    """Ways of using the same library share an environment: `haystack_hybrid` has that of `haystack`."""
    return peer.partition("_")[0]


def python_of(peer: str) -> Path:
    """The interpreter to measure the peer with; installs it where it is not there. Kilde is measured with this one."""
    if peer == OURS:
        return Path(sys.executable)
    name = environment_of(peer)
    return installed(ENVIRONMENTS / name, REQUIREMENTS / f"{name}.txt")


def installed(folder: Path, wanted: Path) -> Path:
    """The interpreter of an environment with what a file of pinned requirements names; made where it is not there.

    Raises CalledProcessError where something cannot be installed.
    """
    python, mark = folder / "bin" / "python", folder / MARK
    if not mark.is_file() or mark.read_bytes() != wanted.read_bytes():
        print(f"installing {folder.name} ...", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, stdout=sys.stderr)
        pip = [str(python), "-m", "pip"]
        # the file names all there is, so nothing has to be resolved; `check` tells where something is missing
        subprocess.run([*pip, "install", "--quiet", "--no-deps", "-r", str(wanted)], check=True, stdout=sys.stderr)
        subprocess.run([*pip, "check"], check=True, stdout=sys.stderr)
        mark.write_bytes(wanted.read_bytes())
    return python


def versions(peer: str, packages: tuple[str, ...]) -> dict[str, str]:
    """The versions of those of the packages that the peer's environment has."""
    command = [str(python_of(peer)), "-c", _VERSIONS, *packages]
    found: dict[str, str] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found
