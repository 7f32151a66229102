"""Models being fetched from the hub: in the background, and kept where they broke off, also over a restart."""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import ceil
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock, Timeout

from rag.core.durable_io import disk_errors, sync_folder
from rag.core.errors import Cancelled, KildeError
from rag.core.types import Notice
from rag.models.download import provenance, resumable
from rag.models.download.repository import Choice, DownloadCandidate, HubFile, endpoint, writes
from rag.models.errors import ModelThere, NoModelFiles, NoRoom, WrongHash
from rag.models.hardware import free_disk
from rag.models.sources.folder import check as check_folder

FOLDER = ".downloads"
"""Below the models folder: what is not whole yet, one folder for each."""
SPARE = 1.1
"""So much of what is still to come must be free on the disk: what else is written meanwhile needs room, too."""
_RATE_S = 10.0
_JOB = "job.json"
_ID = re.compile(r"[0-9a-f]{12}")

logger = logging.getLogger(__name__)


class DownloadState(StrEnum):
    """Where a download stands."""

    RUNNING = "running"
    CHECKING = "checking"  # all of it has come; its hash is being worked out
    STOPPED = "stopped"  # by the user, or by the end of the program; can go on
    FAILED = "failed"  # `notice` says why; can be tried again
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Download:
    """One model on its way. name: of the file or folder that it becomes. done, size: bytes.

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


class _Job:
    """One download; what is durable of it is in its folder."""

    def __init__(self, job_id: str, offer: DownloadCandidate, choice: Choice) -> None:
        self.id, self.offer, self.choice = job_id, offer, choice
        self.state = DownloadState.STOPPED
        self.notice: Notice | None = None
        self.cancel = threading.Event()
        self.thread: threading.Thread | None = None
        self.checked = 0
        self.seen: deque[tuple[float, int]] = deque()


class Downloads:
    """All downloads into one models folder. Safe to use from many threads; nothing of what is fetched is run."""

    def __init__(self, folder: Path, on_done: Callable[[], None] = lambda: None) -> None:
        """on_done: called in a download's thread when a model has come."""
        self._folder = folder
        self._on_done = on_done
        self._guard = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        for found in sorted((folder / FOLDER).glob(f"*/{_JOB}")):
            if _ID.fullmatch(found.parent.name) and (job := _read(found)) is not None:
                self._jobs[job.id] = job

    def all(self) -> list[Download]:
        """Those under way, those that can go on, and those that came since the program began; the newest last."""
        with self._guard:
            return [self._shown(job) for job in self._jobs.values()]

    @property
    def working(self) -> bool:
        """Whether any is under way."""
        return any(download.working for download in self.all())

    def start(self, offer: DownloadCandidate, choice: Choice) -> str:
        """Begin to fetch one choice of what a repository offers, or go on with it; returns the download's id.

        Raises ModelThere, NoRoom, StoreReadOnly, DiskFull.
        """
        with self._guard:
            earlier = next((job for job in self._jobs.values() if job.choice.name == choice.name), None)
        if earlier is not None and earlier.state is not DownloadState.DONE:
            if earlier.offer.model != offer.model:
                raise ModelThere(model=offer.model, name=choice.name)
            self.resume(earlier.id)
            return earlier.id
        job = _Job(secrets.token_hex(6), offer, choice)
        self._refuse_taken(job)
        self._refuse_too_large(job)
        folder = self._place(job)
        with disk_errors(folder):
            folder.mkdir(parents=True)
            (folder / _JOB).write_text(json.dumps({"offer": asdict(offer), "choice": asdict(choice)}), encoding="utf-8")
        with self._guard:
            if earlier is not None:
                del self._jobs[earlier.id]
            self._jobs[job.id] = job
        self._begin(job)
        return job.id

    def resume(self, download_id: str) -> None:
        """Go on with one that was stopped or failed. Raises NoRoom, ModelThere; an unknown id is passed over."""
        job = self._jobs.get(download_id)
        if job is not None and job.state in (DownloadState.STOPPED, DownloadState.FAILED):
            self._refuse_taken(job)
            self._refuse_too_large(job)
            self._begin(job)

    def cancel(self, download_id: str) -> None:
        """Stop one, and keep what has come. Returns at once; while nothing comes it takes some seconds to stop."""
        if (job := self._jobs.get(download_id)) is not None:
            job.cancel.set()

    def stopping(self, download_id: str) -> bool:
        """Whether one was told to stop, and has not yet."""
        job = self._jobs.get(download_id)
        return job is not None and job.cancel.is_set() and self._shown(job).working

    def forget(self, download_id: str) -> None:
        """Stop one and delete what has come of it; of one that is done, only its entry goes."""
        job = self._jobs.get(download_id)
        if job is None:
            return
        job.cancel.set()
        if job.thread is not None:
            job.thread.join()
        with self._guard:
            self._jobs.pop(download_id, None)
        shutil.rmtree(self._place(job), ignore_errors=True)

    def wait(self, timeout: float | None = None) -> None:
        """Return when none is under way, or after so many seconds for each."""
        for job in list(self._jobs.values()):
            if job.thread is not None:
                job.thread.join(timeout)

    def stop(self) -> None:
        """Stop all; they can go on at the next start of the program."""
        for job in list(self._jobs.values()):
            job.cancel.set()
        self.wait()

    def _begin(self, job: _Job) -> None:
        with self._guard:
            if job.thread is not None and job.thread.is_alive():
                return
            job.cancel, job.notice, job.checked = threading.Event(), None, 0
            job.seen.clear()
            job.state = DownloadState.RUNNING
            job.thread = threading.Thread(target=self._work, args=(job,), name="kilde-download", daemon=True)
            job.thread.start()

    def _work(self, job: _Job) -> None:
        try:
            with FileLock(self._place(job) / ".lock", timeout=0):
                self._fetch(job)
            shutil.rmtree(self._place(job), ignore_errors=True)
            job.state = DownloadState.DONE
        except Cancelled:
            job.state = DownloadState.STOPPED
        except Timeout:  # another process is at it
            job.notice, job.state = ModelThere(name=job.choice.name).notice(), DownloadState.FAILED
        except KildeError as error:
            job.notice, job.state = error.notice(), DownloadState.FAILED
        except Exception:
            logger.exception("the download of %s failed", job.offer.model)
            job.notice, job.state = Notice("error"), DownloadState.FAILED
        else:
            self._on_done()

    def _fetch(self, job: _Job) -> None:
        offer, hub = job.offer, endpoint()
        cancelled = job.cancel.is_set
        files = sorted(job.choice.files, key=lambda file: file.size)  # a mistake shows in the small ones
        for file in files:
            url = resumable.address(hub, offer.model, offer.commit, file.name)
            resumable.fetch(hub, url, file, self._part(job, file), offer.model, cancelled, lambda: self._came(job))
            if file.name == "config.json" and offer.kind == "transformers":
                _refuse_silent(self._part(job, file), offer.model)
        job.state = DownloadState.CHECKING
        checked = 0
        for file in files:
            before = checked

            def came(read: int, before: int = before) -> None:
                job.checked = before + read

            try:
                resumable.check(file, self._part(job, file), cancelled, came)
            except WrongHash as error:
                raise WrongHash(model=offer.model, name=job.choice.name) from error
            checked += file.size
        with disk_errors(self._folder):
            self._put_in_place(job)

    def _put_in_place(self, job: _Job) -> None:
        self._refuse_taken(job)
        offer, choice = job.offer, job.choice
        provenance.note(
            self._folder,
            choice.name,
            provenance.Provenance(
                offer.model, offer.commit, offer.licence, datetime.now(UTC).isoformat(timespec="seconds")
            ),
        )
        if offer.kind == "transformers":
            whole = self._place(job) / "whole"
            whole.mkdir(exist_ok=True)
            for file in choice.files:
                self._part(job, file).replace(whole / file.name)
            check_folder(offer.model, whole)
            whole.rename(self._folder / choice.name)
        else:
            # the first part comes last: it is the one by which the model is found
            for file in reversed(choice.files):
                self._part(job, file).replace(self._folder / PurePosixPath(file.name).name)
        sync_folder(self._folder)

    def _refuse_taken(self, job: _Job) -> None:
        names = [PurePosixPath(file.name).name for file in job.choice.files]
        names = [job.choice.name] if job.offer.kind == "transformers" else names
        if any((self._folder / name).exists() for name in names):
            raise ModelThere(model=job.offer.model, name=job.choice.name)

    def _refuse_too_large(self, job: _Job) -> None:
        """Where what is still to come of this one and of those under way does not fit."""
        others = [other for other in self._jobs.values() if other is not job and self._shown(other).working]
        needed = sum(one.choice.size - self._have(one) for one in (job, *others))
        free = free_disk(self._folder)
        if needed * SPARE > free:
            gigabytes = {"needed": ceil(needed * SPARE / 1e9), "free": int(free / 1e9)}
            raise NoRoom(model=job.offer.model, **gigabytes)

    def _came(self, job: _Job) -> None:
        now, have = time.monotonic(), self._have(job)
        if not job.seen or now - job.seen[-1][0] > 0.2:
            job.seen.append((now, have))
            while now - job.seen[0][0] > _RATE_S:
                job.seen.popleft()

    def _shown(self, job: _Job) -> Download:
        size, state = job.choice.size, job.state
        done = {DownloadState.DONE: size, DownloadState.CHECKING: job.checked}.get(state)
        left = None
        if state is DownloadState.RUNNING and len(job.seen) > 1:
            (began, first), (now, last) = job.seen[0], job.seen[-1]
            left = (size - last) * (now - began) / (last - first) if last > first else None
        done = self._have(job) if done is None else done
        return Download(job.id, job.offer.model, job.choice.name, state, done, size, left, job.notice)

    def _place(self, job: _Job) -> Path:
        return self._folder / FOLDER / job.id

    def _part(self, job: _Job, file: HubFile) -> Path:
        return self._place(job) / f"{job.choice.files.index(file)}.part"

    def _have(self, job: _Job) -> int:
        return sum(resumable.length(self._part(job, file)) for file in job.choice.files)


def _refuse_silent(config: Path, model: str) -> None:
    try:
        named = json.loads(config.read_text(encoding="utf-8")).get("architectures")
    except (ValueError, AttributeError) as error:
        raise NoModelFiles(model=model) from error
    if not writes(named):
        raise NoModelFiles(model=model)


def _read(path: Path) -> _Job | None:
    """None for what is no such file: it was written by another version, or is damaged."""
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        choices = [_choice(kept["choice"]), *map(_choice, kept["offer"]["choices"])]
        offer = DownloadCandidate(**{**kept["offer"], "choices": tuple(choices[1:])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _Job(path.parent.name, offer, choices[0])


def _choice(kept: dict[str, Any]) -> Choice:
    return Choice(kept["name"], tuple(HubFile(**file) for file in kept["files"]))
