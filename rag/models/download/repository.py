"""Lists the files of a repository on the model hub, and filters those that Kilde may download.

`rag.models.sources.hub` and `rag.models.download.manager` both call it before they download anything.
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

from rag.core.errors import KildeError
from rag.models.errors import HubGated, HubNotAllowed, HubOffline, HubSilent, HubUnknown, NoModelId
from rag.models.sources.folder import PICKLES

# safetensors and their metadata: no pickles, no Python, no weights of other frameworks
ALLOWED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja", "README.md")
# "openvino/" and "onnx/" have copies of the weights
IGNORED = ("onnx/*", "openvino/*")
# without a network the app must report that within seconds
TIMEOUT_S = 5.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,150}")


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file. digest: SHA-256 of its content, or its git object id, by `kind`."""

    name: str
    size: int
    digest: str
    kind: Literal["sha256", "git"]


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at one commit ("" if unknown). sizes: bytes by name of all files.

    files: those that can be verified after the download, largest last. licence: as stated by the hub, or "".
    architectures: from `config.json`, if the hub reports them.
    """

    model: str
    commit: str
    licence: str
    sizes: dict[str, int]
    files: tuple[HubFile, ...]
    architectures: Any = None

    @property
    def has_safetensors(self) -> bool:
        return any(name.endswith(".safetensors") for name in self.sizes)

    @property
    def has_pickles(self) -> bool:
        return any(PurePosixPath(name).suffix in PICKLES for name in self.sizes)


def look_up(model: str, address: str | None = None) -> Repository:
    """Look up a repository, within seconds. address: of the hub, if not the default.

    Raises NoModelId, HubOffline, HubSilent, HubUnknown, HubGated.
    """
    from huggingface_hub import HfApi

    with hub_errors(model):
        info = HfApi(endpoint=address).model_info(model, timeout=TIMEOUT_S, files_metadata=True)
    siblings = info.siblings or []
    files = sorted(filter(None, map(hub_file, siblings)), key=lambda file: (file.size, file.name))
    commit = str(info.sha or "")
    return Repository(
        model,
        commit if _COMMIT.fullmatch(commit) else "",
        next((tag.removeprefix("license:") for tag in info.tags or [] if tag.startswith("license:")), ""),
        {sibling.rfilename: sibling.size or 0 for sibling in siblings},
        tuple(files),
        info.config.get("architectures") if isinstance(info.config, dict) else None,
    )


@contextmanager
def hub_errors(model: str) -> Iterator[None]:
    """Raises NoModelId, HubGated, HubUnknown, HubOffline and HubSilent for the errors of huggingface_hub."""
    from huggingface_hub import errors

    try:
        yield
    except KildeError:
        raise
    except errors.HFValidationError as error:
        raise NoModelId(model=model) from error
    except errors.GatedRepoError as error:
        raise HubGated(model=model) from error
    except errors.RepositoryNotFoundError as error:
        raise HubUnknown(model=model) from error
    except errors.OfflineModeIsEnabled as error:
        raise HubOffline(model=model) from error
    except Exception as error:
        # httpx2, huggingface_hub and json each raise their own errors for a misbehaving hub
        raise HubSilent(model=model, detail=first_line(error)) from error


def hub_file(sibling: Any) -> HubFile | None:
    """A file listed by the hub; None if it cannot be verified or has an unusual name."""
    name, size = str(sibling.rfilename), sibling.size
    if not isinstance(size, int) or size <= 0 or not all(_SAFE.fullmatch(part) for part in name.split("/")):
        return None
    sha256 = str(getattr(sibling.lfs, "sha256", "") or "").lower()
    if _SHA256.fullmatch(sha256):
        return HubFile(name, size, sha256, "sha256")
    blob = str(sibling.blob_id or "").lower()
    return HubFile(name, size, blob, "git") if _COMMIT.fullmatch(blob) else None


def is_allowed(name: str, ignored: Iterable[str] = IGNORED) -> bool:
    """Whether Kilde may download a file of this name."""
    return _matches(name, ALLOWED) and not _matches(name, ignored)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def writes(architectures: object) -> bool:
    """Whether a model of these architectures (from `config.json`) generates text."""
    return isinstance(architectures, list) and any(str(name).endswith("ForCausalLM") for name in architectures)


def endpoint() -> str:
    """The hub's address (`HF_ENDPOINT`), without a trailing slash. Raises HubNotAllowed, HubOffline."""
    from huggingface_hub import constants

    if constants.is_offline_mode():
        raise HubOffline(model="")
    check_address(constants.ENDPOINT, constants.ENDPOINT)
    return constants.ENDPOINT


def check_address(url: str, hub: str) -> None:
    """Raises HubNotAllowed unless `url` is encrypted or, for a local hub, on this machine."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK and urlsplit(hub).hostname in LOOPBACK
    if not (local or (parts.scheme == "https" and parts.hostname)):
        raise HubNotAllowed(model="", host=parts.hostname or "?")


def host() -> str:
    """The host name of the hub, for display."""
    from huggingface_hub import constants

    return urlsplit(constants.ENDPOINT).netloc.rpartition("@")[2]


def first_line(error: Exception) -> str:
    """The first line of a library's error, at most 200 characters; or its class name without a text."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
