"""Files that are whole or not there, and the errors of a disk in the words of the product."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core.durable_io import disk_errors, make_folder, storage_error, sweep, write_durably
from rag.core.errors import DiskFull, StoreError, StoreReadOnly


def test_a_file_is_written_whole_with_the_folders_above_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_durably(path, [b"first, ", memoryview(b"second")])
    assert path.read_bytes() == b"first, second"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_the_earlier_file_and_nothing_else(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"new"
        raise OSError(errno.ENOSPC, "no space")

    path = tmp_path / "file"
    write_durably(path, [b"old"])
    with pytest.raises(DiskFull):
        write_durably(path, parts())
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_only_temporary_files_that_nobody_writes_any_more_are_removed(tmp_path: Path) -> None:
    abandoned, being_written, original = tmp_path / ".new-1", tmp_path / ".new-2", tmp_path / "original"
    for path in (abandoned, being_written, original):
        path.write_bytes(b"x")
    hour_ago = time.time() - 3600
    os.utime(abandoned, (hour_ago, hour_ago))
    os.utime(original, (hour_ago, hour_ago))
    sweep(tmp_path)
    assert not abandoned.exists() and being_written.exists() and original.exists()


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EFBIG, DiskFull),
        (errno.EACCES, StoreReadOnly),
        (errno.EPERM, StoreReadOnly),
        (errno.EROFS, StoreReadOnly),
        (errno.EIO, StoreError),
    ],
)
def test_errors_of_the_operating_system_in_our_words(tmp_path: Path, number: int, kind: type[StoreError]) -> None:
    error = OSError(number, "it failed")
    fault = storage_error(error, tmp_path)
    assert type(fault) is kind
    assert kind is not StoreReadOnly or fault.values == {"folder": str(tmp_path)}
    with pytest.raises(OSError if kind is StoreError else kind), disk_errors(tmp_path):
        raise error


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    make_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
