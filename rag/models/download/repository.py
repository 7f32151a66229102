"""What a repository on the hub holds that Kilde could fetch. Nothing is fetched here, and nothing of it is run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from rag.core.errors import ModelUnsafe
from rag.models.errors import (
    HubGated,
    HubNotAllowed,
    HubOffline,
    HubSilent,
    HubUnknown,
    NoModelFiles,
    NoModelId,
)
from rag.models.sources.folder import PICKLES
from rag.models.sources.hub import ALLOWED, TIMEOUT_S, _first_line, _matches

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PART = re.compile(r"^(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf$", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,150}")
# the eyes of a model that also sees: llama.cpp loads them beside it, Kilde has no use for them
_PROJECTOR = re.compile(r"mmproj", re.IGNORECASE)
# the same weights again, in the maker's own layout
_TWICE = ("consolidated*",)


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file. digest: SHA-256 of its content where `kind` is "sha256", its git object id where it is "git"."""

    name: str
    size: int
    digest: str
    kind: Literal["sha256", "git"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is fetched as one. name: of the file, or of the first of its parts, or of the folder that it becomes."""

    name: str
    files: tuple[HubFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class DownloadCandidate:
    """A repository at one commit. kind: "gguf", with a choice for each file, or "transformers", with a single one."""

    model: str
    commit: str
    licence: str
    kind: Literal["gguf", "transformers"]
    choices: tuple[Choice, ...]


def endpoint() -> str:
    """The hub's address (`HF_ENDPOINT`), without a slash at its end. Raises HubNotAllowed, HubOffline."""
    from huggingface_hub import constants

    if constants.is_offline_mode():
        raise HubOffline(model="")
    check_address(constants.ENDPOINT, constants.ENDPOINT)
    return constants.ENDPOINT


def check_address(url: str, hub: str) -> None:
    """Raises HubNotAllowed where `url` is neither encrypted nor, of a hub on this machine, on this machine."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK and urlsplit(hub).hostname in LOOPBACK
    if not (local or (parts.scheme == "https" and parts.hostname)):
        raise HubNotAllowed(model="", host=parts.hostname or "?")


def host() -> str:
    """The hub's name, to be shown."""
    from huggingface_hub import constants

    return urlsplit(constants.ENDPOINT).netloc.rpartition("@")[2]


def offer(model: str) -> DownloadCandidate:
    """Asks the hub; takes seconds at most. The largest files come last.

    Raises NoModelId, HubOffline, HubSilent, HubUnknown, HubGated, HubNotAllowed, NoModelFiles, ModelUnsafe.
    """
    from huggingface_hub import HfApi, errors

    model = model.strip().strip("/")
    address = endpoint()
    if not _ID.fullmatch(model) or "--" in model or ".." in model:
        raise NoModelId(model=model)
    try:
        info = HfApi(endpoint=address).model_info(model, timeout=TIMEOUT_S, files_metadata=True)
    except errors.GatedRepoError as error:
        raise HubGated(model=model) from error
    except errors.RepositoryNotFoundError as error:
        raise HubUnknown(model=model) from error
    except errors.OfflineModeIsEnabled as error:
        raise HubOffline(model=model) from error
    except Exception as error:
        # httpx2, huggingface_hub and json each have errors of their own for a hub that does not answer as one should
        raise HubSilent(model=model, detail=_first_line(error)) from error
    return _offer(model, info)


def _offer(model: str, info: Any) -> DownloadCandidate:
    files = sorted(filter(None, map(_file, info.siblings or [])), key=lambda file: (file.size, file.name))
    licence = next((tag.removeprefix("license:") for tag in info.tags or [] if tag.startswith("license:")), "")
    commit = str(info.sha or "")
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise HubUnknown(model=model)
    choices = gguf_choices(files)
    if choices:
        return DownloadCandidate(model, commit, licence, "gguf", choices)
    plain = [f for f in files if "/" not in f.name and _matches(f.name, ALLOWED) and not _matches(f.name, [*_TWICE])]
    names = {file.name for file in plain}
    if not any(name.endswith(".safetensors") for name in names):
        if any(PurePosixPath(sibling.rfilename).suffix in PICKLES for sibling in info.siblings or []):
            raise ModelUnsafe(model=model)
        raise NoModelFiles(model=model)
    named = (info.config or {}).get("architectures") if isinstance(info.config, dict) else None
    if "config.json" not in names or (named and not writes(named)):
        raise NoModelFiles(model=model)
    return DownloadCandidate(model, commit, licence, "transformers", (Choice(model.replace("/", "--"), tuple(plain)),))


def writes(architectures: object) -> bool:
    """Whether a model of these architectures, as `config.json` names them, writes text."""
    return isinstance(architectures, list) and any(str(name).endswith("ForCausalLM") for name in architectures)


def gguf_choices(files: Sequence[HubFile]) -> tuple[Choice, ...]:
    """One for each model in GGUF: parts are put together where all are there; what only helps to see is left out."""
    alone: list[Choice] = []
    parts: dict[tuple[str, int], dict[int, HubFile]] = {}
    for file in files:
        name = PurePosixPath(file.name).name
        if not name.lower().endswith(".gguf") or _PROJECTOR.search(name):
            continue
        if (split := PART.match(name)) is None:
            alone.append(Choice(name, (file,)))
        else:
            stem = f"{PurePosixPath(file.name).parent}/{split['stem']}"
            parts.setdefault((stem, int(split["count"])), {})[int(split["number"])] = file
    for (_, count), numbered in parts.items():
        if set(numbered) == set(range(1, count + 1)):
            ordered = tuple(numbered[number] for number in range(1, count + 1))
            alone.append(Choice(PurePosixPath(ordered[0].name).name, ordered))
    return tuple(sorted(alone, key=lambda choice: (choice.size, choice.name)))


def _file(sibling: Any) -> HubFile | None:
    """None for what cannot be checked, or has a name that no ordinary file has."""
    name, size = str(sibling.rfilename), sibling.size
    if not isinstance(size, int) or size <= 0 or not all(_SAFE.fullmatch(part) for part in name.split("/")):
        return None
    lfs = sibling.lfs
    sha256 = str(getattr(lfs, "sha256", "") or "").lower()
    if re.fullmatch(r"[0-9a-f]{64}", sha256):
        return HubFile(name, size, sha256, "sha256")
    blob = str(sibling.blob_id or "").lower()
    return HubFile(name, size, blob, "git") if re.fullmatch(r"[0-9a-f]{40}", blob) else None
