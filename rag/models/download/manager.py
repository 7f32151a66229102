"""Downloads models from the hub in the background; interrupted downloads can be resumed, even after a restart."""

import json
import secrets
import shutil
import threading
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from math import ceil
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from rag.core.durable_io import disk_errors, sync_folder
from rag.models.download import provenance, resumable
from rag.models.download.candidates import Choice, DownloadCandidate
from rag.models.download.entry import FOLDER, Download, DownloadEntry, DownloadState, saved_entries
from rag.models.download.repository import endpoint, writes
from rag.models.errors import ModelThere, NoModelFiles, NoRoom, WrongHash
from rag.models.hardware import free_disk
from rag.models.sources.folder import check as check_folder

__all__ = ["FOLDER", "Download", "DownloadState", "Downloads"]

SPARE = 1.1
"""Required free space as a multiple of the remaining bytes, as other programs also write to the disk."""


class Downloads:
    """All downloads into one models folder. Safe to use from many threads; nothing downloaded is executed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._entries: dict[str, DownloadEntry] = {entry.id: entry for entry in saved_entries(folder)}

    def all(self) -> list[Download]:
        """Running, resumable, and ended downloads of this process, newest last."""
        return [entry.shown() for entry in self._all()]

    @property
    def working(self) -> bool:
        """Whether any download is running."""
        return any(entry.job.running for entry in self._all())

    def start(self, candidate: DownloadCandidate, choice: Choice) -> str:
        """Start or resume the download of a choice; returns the download's id.

        Raises ModelThere, NoRoom, StoreReadOnly, DiskFull.
        """
        earlier = next((entry for entry in self._all() if entry.choice.name == choice.name), None)
        if earlier is not None and not earlier.is_done:
            if earlier.candidate.model != candidate.model:
                raise ModelThere(model=candidate.model, name=choice.name)
            self.resume(earlier.id)
            return earlier.id
        entry = DownloadEntry(self._folder / FOLDER / secrets.token_hex(6), candidate, choice)
        self._refuse_taken(entry)
        self._refuse_too_large(entry)
        with disk_errors(entry.folder):
            entry.save()
        with self._guard:
            if earlier is not None:
                self._entries.pop(earlier.id, None)
            self._entries[entry.id] = entry
        self._begin(entry)
        return entry.id

    def resume(self, download_id: str) -> None:
        """Resume a stopped or failed download. Raises NoRoom, ModelThere; unknown ids are ignored."""
        entry = self._entries.get(download_id)
        if entry is not None and entry.state in (DownloadState.STOPPED, DownloadState.FAILED):
            self._refuse_taken(entry)
            self._refuse_too_large(entry)
            self._begin(entry)

    def cancel(self, download_id: str) -> None:
        """Request a stop and return at once; received bytes are kept. An unresponsive hub delays it by seconds."""
        if (entry := self._entries.get(download_id)) is not None:
            entry.job.cancel()

    def stopping(self, download_id: str) -> bool:
        """Whether a download was cancelled but has not ended yet."""
        entry = self._entries.get(download_id)
        return entry is not None and entry.job.running and entry.job.cancelled()

    def forget(self, download_id: str) -> None:
        """Stop a download and delete its partial files; for a finished one, only remove the entry."""
        entry = self._entries.get(download_id)
        if entry is None:
            return
        entry.job.stop()
        with self._guard:
            self._entries.pop(download_id, None)
        shutil.rmtree(entry.folder, ignore_errors=True)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until no download is running, at most `timeout` seconds for each."""
        for entry in self._all():
            entry.job.wait(timeout)

    def stop(self) -> None:
        """Stop all downloads, which can be resumed after the next start."""
        for entry in self._all():
            entry.job.cancel()
        self.wait()

    def _all(self) -> list[DownloadEntry]:
        with self._guard:
            return list(self._entries.values())

    def _begin(self, entry: DownloadEntry) -> None:
        entry.job.start(partial(self._work, entry), DownloadState.RUNNING)

    def _work(self, entry: DownloadEntry) -> None:
        entry.start_clock()
        try:
            with FileLock(entry.folder / ".lock", timeout=0):
                self._fetch(entry)
        except Timeout as error:  # another process is downloading it
            raise ModelThere(model=entry.candidate.model, name=entry.choice.name) from error
        shutil.rmtree(entry.folder, ignore_errors=True)
        entry.is_done = True

    def _fetch(self, entry: DownloadEntry) -> None:
        candidate, cancelled = entry.candidate, entry.job.cancelled
        files = sorted(entry.choice.files, key=lambda file: file.size)  # small files reveal a wrong choice
        with closing(resumable.HubConnection(endpoint(), candidate.model, candidate.commit, cancelled)) as hub:
            for file in files:
                hub.fetch(file, entry.part(file), entry.note_progress)
                if file.name == "config.json" and candidate.kind == "transformers":
                    _refuse_unless_it_writes(entry.part(file), candidate.model)
        entry.job.report(DownloadState.CHECKING)
        checked = 0
        for file in files:

            def report(read: int, before: int = checked) -> None:
                entry.checked = before + read

            try:
                resumable.check(file, entry.part(file), cancelled, report)
            except WrongHash as error:
                raise WrongHash(model=candidate.model, name=entry.choice.name) from error
            checked += file.size
        with disk_errors(self._folder):
            self._put_in_place(entry)

    def _put_in_place(self, entry: DownloadEntry) -> None:
        self._refuse_taken(entry)
        candidate, choice = entry.candidate, entry.choice
        fetched = datetime.now(UTC).isoformat(timespec="seconds")
        origin = provenance.Provenance(candidate.model, candidate.commit, candidate.licence, fetched)
        provenance.note(self._folder, choice.name, origin)
        if candidate.kind == "transformers":
            folder = entry.folder / "whole"
            folder.mkdir(exist_ok=True)
            for file in choice.files:
                entry.part(file).replace(folder / file.name)
            check_folder(candidate.model, folder)
            folder.rename(self._folder / choice.name)
        else:
            # the first part is moved last, as the model is recognised by it
            for file in reversed(choice.files):
                entry.part(file).replace(self._folder / PurePosixPath(file.name).name)
        sync_folder(self._folder)

    def _refuse_taken(self, entry: DownloadEntry) -> None:
        choice = entry.choice
        is_folder = entry.candidate.kind == "transformers"
        names = [choice.name] if is_folder else [PurePosixPath(file.name).name for file in choice.files]
        if any((self._folder / name).exists() for name in names):
            raise ModelThere(model=entry.candidate.model, name=choice.name)

    def _refuse_too_large(self, entry: DownloadEntry) -> None:
        """Raises NoRoom if the remaining bytes of this and all running downloads do not fit on the disk."""
        running_entries = [candidate for candidate in self._all() if candidate is not entry and candidate.job.running]
        needed = sum(download.choice.size - download.received for download in (entry, *running_entries)) * SPARE
        free = free_disk(self._folder)
        if needed > free:
            raise NoRoom(model=entry.candidate.model, needed=ceil(needed / 1e9), free=int(free / 1e9))


def _refuse_unless_it_writes(config: Path, model: str) -> None:
    """config: the downloaded `config.json`. Raises NoModelFiles."""
    try:
        architectures = json.loads(config.read_text(encoding="utf-8")).get("architectures")
    except (ValueError, AttributeError) as error:
        raise NoModelFiles(model=model) from error
    if not writes(architectures):
        raise NoModelFiles(model=model)
