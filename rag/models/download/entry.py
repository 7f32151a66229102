"""One download: what is kept of it over a restart, its files on the disk, and how far it is."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rag.core.background import Job
from rag.core.types import Notice
from rag.models.download import resumable
from rag.models.download.candidates import Choice, DownloadCandidate
from rag.models.download.repository import HubFile

FOLDER = ".downloads"
"""In the models folder: holds one folder for each model that has not come completely."""
_RATE_S = 10.0
"""The speed of a download is averaged over so many seconds."""
_STEP_S = 0.2
_DESCRIPTION = "job.json"
_ID = re.compile(r"[0-9a-f]{12}")


class DownloadState(StrEnum):
    """Where a download stands."""

    RUNNING = "running"
    CHECKING = "checking"  # all of it has come; its hash is being worked out
    STOPPED = "stopped"  # by the user, or by the end of the program; can go on
    FAILED = "failed"  # `notice` says why; can be tried again
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Download:
    """A model that is being fetched. name: of the file or folder that it becomes. done, size: bytes.

    seconds_left: None where it cannot be told.
    """

    id: str
    model: str
    name: str
    state: DownloadState
    done: int
    size: int
    seconds_left: float | None = None
    notice: Notice | None = None

    @property
    def working(self) -> bool:
        return self.state in (DownloadState.RUNNING, DownloadState.CHECKING)


class DownloadEntry:
    """A download in its folder, where each file that comes has a part of its own. job: the work on it.

    checked: bytes of which the hash has been worked out. is_done: the model is in its place.
    """

    def __init__(self, folder: Path, candidate: DownloadCandidate, choice: Choice) -> None:
        """folder: its own, named after its id."""
        self.folder = folder
        self.candidate = candidate
        self.choice = choice
        self.job = Job[DownloadState]("kilde-download")
        self.checked = 0
        self.is_done = False
        self._progress: deque[tuple[float, int]] = deque()  # (monotonic seconds, bytes on the disk)

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def state(self) -> DownloadState:
        if self.job.running:
            return self.job.status or DownloadState.RUNNING
        if self.is_done:
            return DownloadState.DONE
        return DownloadState.STOPPED if self.job.notice is None else DownloadState.FAILED

    @property
    def received(self) -> int:
        """Bytes on the disk."""
        return sum(resumable.length(self.part(file)) for file in self.choice.files)

    def part(self, file: HubFile) -> Path:
        """The file on the disk to which the content of `file` is appended as it comes."""
        return self.folder / f"{self.choice.files.index(file)}.part"

    def start_clock(self) -> None:
        """Called when a run begins: forget how fast an earlier one was."""
        self.checked = 0
        self._progress.clear()

    def note_progress(self) -> None:
        """Called after each piece that came."""
        now = time.monotonic()
        if not self._progress or now - self._progress[-1][0] > _STEP_S:
            self._progress.append((now, self.received))
            while now - self._progress[0][0] > _RATE_S:
                self._progress.popleft()

    def shown(self) -> Download:
        """The state as it is now, for a page."""
        size, state = self.choice.size, self.state
        match state:
            case DownloadState.DONE:
                done = size
            case DownloadState.CHECKING:
                done = self.checked
            case _:
                done = self.received
        left = self._seconds_left() if state is DownloadState.RUNNING else None
        return Download(self.id, self.candidate.model, self.choice.name, state, done, size, left, self.job.notice)

    def _seconds_left(self) -> float | None:
        if len(self._progress) < 2:
            return None
        (began, first), (now, last) = self._progress[0], self._progress[-1]
        return (self.choice.size - last) * (now - began) / (last - first) if last > first else None

    def save(self) -> None:
        """Make its folder, with all that is needed to go on after a restart. Raises OSError."""
        self.folder.mkdir(parents=True)
        content = json.dumps({"offer": asdict(self.candidate), "choice": asdict(self.choice)})
        (self.folder / _DESCRIPTION).write_text(content, encoding="utf-8")


def saved_entries(models_folder: Path) -> list[DownloadEntry]:
    """The downloads that were begun and not ended. Entries that are damaged or of another version are passed over."""
    paths = sorted((models_folder / FOLDER).glob(f"*/{_DESCRIPTION}"))
    return [entry for path in paths if _ID.fullmatch(path.parent.name) and (entry := _read(path)) is not None]


def _read(path: Path) -> DownloadEntry | None:
    try:
        saved: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        choice, *choices = (_choice(saved["choice"]), *map(_choice, saved["offer"]["choices"]))
        candidate = DownloadCandidate(**{**saved["offer"], "choices": tuple(choices)})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return DownloadEntry(path.parent, candidate, choice)


def _choice(saved: dict[str, Any]) -> Choice:
    return Choice(saved["name"], tuple(HubFile(**file) for file in saved["files"]))
