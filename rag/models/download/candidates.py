"""Lists the answer models of a repository on the hub: each file or folder that can be downloaded as one model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from rag.core.errors import ModelUnsafe
from rag.core.model_ref import GGUF_SUFFIX
from rag.models.download.repository import HubFile, Repository, endpoint, is_allowed, look_up, writes
from rag.models.errors import HubUnknown, NoModelFiles, NoModelId

PART = re.compile(r"^(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf$", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
# the vision part of a multimodal model, which Kilde does not use
_PROJECTOR = re.compile(r"mmproj", re.IGNORECASE)
# the same weights in the maker's own layout
_TWICE = ("consolidated*",)


@dataclass(frozen=True, slots=True)
class Choice:
    """Files that belong together. name: of the file, of its first part, or of the resulting folder."""

    name: str
    files: tuple[HubFile, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class DownloadCandidate:
    """A repository at one commit. kind: "gguf", with a choice for each file, or "transformers", with a single one."""

    model: str
    commit: str
    licence: str
    kind: Literal["gguf", "transformers"]
    choices: tuple[Choice, ...]


def find_candidate(model: str) -> DownloadCandidate:
    """Look up a name on the hub, within seconds.

    Raises NoModelId, HubOffline, HubSilent, HubUnknown, HubGated, HubNotAllowed, NoModelFiles, ModelUnsafe.
    """
    model = model.strip().strip("/")
    address = endpoint()
    if not _ID.fullmatch(model) or "--" in model or ".." in model:
        raise NoModelId(model=model)
    repository = look_up(model, address)
    if not repository.commit:
        raise HubUnknown(model=model)
    choices = gguf_choices(repository.files)
    if choices:
        return DownloadCandidate(model, repository.commit, repository.licence, "gguf", choices)
    choice = _folder(repository)
    return DownloadCandidate(model, repository.commit, repository.licence, "transformers", (choice,))


def gguf_choices(files: Sequence[HubFile]) -> tuple[Choice, ...]:
    """One choice for each GGUF model. Parts are one choice if complete; vision parts are left out."""
    choices: list[Choice] = []
    parts: dict[tuple[str, int], dict[int, HubFile]] = {}
    for file in files:
        name = PurePosixPath(file.name).name
        if not name.lower().endswith(GGUF_SUFFIX) or _PROJECTOR.search(name):
            continue
        if (split := PART.match(name)) is None:
            choices.append(Choice(name, (file,)))
        else:
            stem = f"{PurePosixPath(file.name).parent}/{split['stem']}"
            parts.setdefault((stem, int(split["count"])), {})[int(split["number"])] = file
    for (_, count), numbered in parts.items():
        if set(numbered) == set(range(1, count + 1)):
            ordered = tuple(numbered[number] for number in range(1, count + 1))
            choices.append(Choice(PurePosixPath(ordered[0].name).name, ordered))
    return tuple(sorted(choices, key=lambda choice: (choice.size, choice.name)))


def _folder(repository: Repository) -> Choice:
    """The files of a transformers model at the top of the repository, as one folder."""
    model = repository.model
    files = tuple(file for file in repository.files if "/" not in file.name and is_allowed(file.name, _TWICE))
    names = {file.name for file in files}
    if not any(name.endswith(".safetensors") for name in names):
        raise ModelUnsafe(model=model) if repository.has_pickles else NoModelFiles(model=model)
    if "config.json" not in names or (repository.architectures and not writes(repository.architectures)):
        raise NoModelFiles(model=model)
    return Choice(model.replace("/", "--"), files)
