"""The archive of a backup: its members, its manifest, and their checks."""

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

import apsw

from rag.core.errors import InvalidBackup
from rag.store.lexical.index import is_about_index

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "kilde.db"
OWN_NAMES = (DATABASE, "kilde.db-wal", "kilde.db-shm", "files", "index", "damaged.json")
"""Names that a restore replaces in the folder of a library; `models/` and foreign files stay."""
_ORIGINAL = re.compile(r"files/([0-9a-f]{64})")
_BLOCK = 1 << 20  # bytes
_MANIFEST_LIMIT = 64 << 20  # bytes; enough for half a million documents
_DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,  # an unknown compression method
    RuntimeError,  # a member with a password
)


class Member(NamedTuple):
    """size: in bytes, unpacked."""

    size: int
    sha256: str


class ArchiveWriter:
    """Writes the members of a backup, and the manifest at the end."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members: dict[str, Member] = {}

    def add(self, name: str, path: Path, compression: int = zipfile.ZIP_DEFLATED) -> None:
        """Add the content of a file."""
        info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
        info.compress_type = compression
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source, self._archive.open(info, "w", force_zip64=True) as target:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                target.write(block)
        self._members[name] = Member(size, digest.hexdigest())

    def add_manifest(self, missing: Sequence[str]) -> None:
        """missing: names of documents whose original is not in the backup."""
        manifest = {
            "format": FORMAT,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "members": {name: member._asdict() for name, member in self._members.items()},
            "missing": missing,
        }
        self._archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))


def check(path: Path) -> int:
    """Read all of a backup and compare it with its manifest, without writing. Returns the unpacked size in bytes.

    Raises InvalidBackup.
    """
    with opened(path) as archive:
        members = members_of(archive)
        for name, member in members.items():
            with archive.open(name) as source:
                copy_member(name, member, source, None)
        return sum(member.size for member in members.values())


def unpack(path: Path, folder: Path) -> None:
    """Write the members of a backup into an empty folder, durably. Raises InvalidBackup."""
    with opened(path) as archive:
        (folder / "files").mkdir()
        for name, member in members_of(archive).items():
            with archive.open(name) as source, (folder / name).open("xb") as target:
                copy_member(name, member, source, target)
                target.flush()
                os.fsync(target.fileno())


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive. Raises InvalidBackup if it is no ZIP, and for every error while reading it."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:  # missing, a folder, or not readable
        raise InvalidBackup(detail=f"{path.name}: {error.strerror}") from error
    except _DAMAGED as error:
        raise InvalidBackup(detail=str(error)[:200]) from error


def members_of(archive: zipfile.ZipFile) -> Mapping[str, Member]:
    """The members by name, checked against the manifest: only names that Kilde writes, each once, with its size.

    Raises InvalidBackup.
    """
    infos = {info.filename: info for info in archive.infolist()}
    if len(infos) != len(archive.infolist()) or MANIFEST not in infos:
        raise InvalidBackup(detail=MANIFEST)
    if infos[MANIFEST].file_size > _MANIFEST_LIMIT:
        raise InvalidBackup(detail=MANIFEST)
    with archive.open(MANIFEST) as file:
        text = file.read(_MANIFEST_LIMIT + 1)
    try:
        manifest = json.loads(text)
        if manifest["format"] != FORMAT:
            raise InvalidBackup(detail=f"format {manifest['format']}")
        members = {
            str(name): Member(int(member["size"]), str(member["sha256"]))
            for name, member in manifest["members"].items()
        }
    except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise InvalidBackup(detail=MANIFEST) from error
    if set(members) != set(infos) - {MANIFEST} or DATABASE not in members:
        raise InvalidBackup(detail=MANIFEST)
    for name, member in members.items():
        match = _ORIGINAL.fullmatch(name)
        # the name of an original is its hash, so that no name can leave the folder or have other content
        is_known = name == DATABASE or (match is not None and match[1] == member.sha256)
        if not is_known or infos[name].file_size != member.size:
            raise InvalidBackup(detail=name[:100])
    return members


def copy_member(name: str, member: Member, source: IO[bytes], target: BinaryIO | None) -> None:
    """Read and check a member, and write it to `target` if given. Raises InvalidBackup if it does not match."""
    digest = hashlib.sha256()
    remaining = member.size
    while block := source.read(_BLOCK):
        remaining -= len(block)
        if remaining < 0:  # it unpacks to more than its stated size
            break
        digest.update(block)
        if target is not None:
            target.write(block)
    if remaining or digest.hexdigest() != member.sha256:
        raise InvalidBackup(detail=name)


def check_structure(db: apsw.Connection) -> None:
    """Raises InvalidBackup if pages, checksums or indexes of a database are inconsistent."""
    for (message,) in db.execute("PRAGMA quick_check"):
        # the lexical index is derived: a backup with a damaged one is still useful, as `repair` rebuilds it
        if message != "ok" and not is_about_index(str(message)):
            raise InvalidBackup(detail=str(message).splitlines()[0])
