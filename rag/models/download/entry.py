"""One download: its persistent state, its files on disk, and its progress."""

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
"""Subfolder of the models folder with one folder for each unfinished download."""
_RATE_S = 10.0
"""Seconds over which the speed of a download is averaged."""
_STEP_S = 0.2
_DESCRIPTION = "job.json"
_ID = re.compile(r"[0-9a-f]{12}")


class DownloadState(StrEnum):
    """The state of a download."""

    RUNNING = "running"
    CHECKING = "checking"  # complete; its hash is being computed
    STOPPED = "stopped"  # by the user, or by the end of the program; can be resumed
    FAILED = "failed"  # `notice` says why; can be tried again
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Download:
    """A download for display. name: of the resulting file or folder. done, size: bytes.

    seconds_left: None if unknown.
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
    """A download in its own folder, with one partial file for each file. job: its background job.

    checked: bytes hashed so far. is_done: the model was moved to its final place.
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
        """The partial file for `file`."""
        return self.folder / f"{self.choice.files.index(file)}.part"

    def start_clock(self) -> None:
        """Call when a run begins, to reset the measured speed."""
        self.checked = 0
        self._progress.clear()

    def note_progress(self) -> None:
        """Call after each received piece."""
        moment = time.monotonic()
        if not self._progress or moment - self._progress[-1][0] > _STEP_S:
            self._progress.append((moment, self.received))
            while moment - self._progress[0][0] > _RATE_S:
                self._progress.popleft()

    def shown(self) -> Download:
        """The current state, for a page."""
        size, state = self.choice.size, self.state
        match state:
            case DownloadState.DONE:
                done = size
            case DownloadState.CHECKING:
                done = self.checked
            case _:
                done = self.received
        seconds_left = self._seconds_left() if state is DownloadState.RUNNING else None
        return Download(
            self.id, self.candidate.model, self.choice.name, state, done, size, seconds_left, self.job.notice
        )

    def _seconds_left(self) -> float | None:
        if len(self._progress) < 2:
            return None
        (start, first), (end, last) = self._progress[0], self._progress[-1]
        return (self.choice.size - last) * (end - start) / (last - first) if last > first else None

    def save(self) -> None:
        """Create its folder with all that is needed to resume after a restart. Raises OSError."""
        self.folder.mkdir(parents=True)
        content = json.dumps({"offer": asdict(self.candidate), "choice": asdict(self.choice)})
        (self.folder / _DESCRIPTION).write_text(content, encoding="utf-8")


def saved_entries(models_folder: Path) -> list[DownloadEntry]:
    """Unfinished downloads. Damaged entries and those of other versions are ignored."""
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
