"""Lists the models that can write answers, with their origin and what each is good for."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.core.durable_io import disk_errors
from rag.core.errors import ModelUnavailable, NotFound
from rag.core.model_ref import GGUF_SUFFIX, QUOTING, ModelRef
from rag.core.types import Notice
from rag.models.download import provenance
from rag.models.download.candidates import PART
from rag.models.errors import ModelBusy, ModelDamaged
from rag.models.metadata import gguf
from rag.models.metadata.safetensors import SafetensorsMetadata, causal
from rag.models.servers.monitor import ServerState

Kind = Literal["quoting", "gguf", "transformers", "server", "other"]
Origin = Literal["packaged", "file", "hub", "folder", "server"]

# values of general.architecture for embeddings, images or audio: these models do not write text
_SILENT = frozenset({"bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "neo-bert",
                     "t5encoder", "clip", "wavtokenizer-dec", "gemma-embedding"})  # fmt: skip
# parameters below which, and the code of a sentence on the models page
_GOOD_FOR = ((0.9e9, "good_tiny"), (3e9, "good_quick"), (6e9, "good_everyday"), (10.5e9, "good_careful"))


@dataclass(frozen=True, slots=True)
class AnswerModel:
    """One model. name: as in settings and assistants. title: for display.

    origin: "packaged" with Kilde, a "file" in the models folder, from the "hub", a "folder" of the user's, a "server".
    detail: which hub id, folder or server. path: None for a server. bytes: 0 if unknown, as is
    context (tokens). parameters: such as "1.5B". good_for: code of a sentence of the models page. chat: trained to
    follow instructions; None if unknown. removable: its files can be deleted in Kilde.
    """

    name: str
    kind: Kind
    title: str
    origin: Origin
    detail: str = ""
    path: Path | None = None
    bytes: int = 0
    licence: str = ""
    context: int = 0
    parameters: str = ""
    quantisation: str = ""
    good_for: str = ""
    chat: bool | None = None
    problem: Notice | None = None
    removable: bool = False

    @property
    def usable(self) -> bool:
        return self.problem is None


def catalogue(
    models_folder: Path, servers: Sequence[ServerState] = (), in_use: Iterable[str] = (), hub_cache: Path | None = None
) -> list[AnswerModel]:
    """All models: quoting first, then local ones by name, those of servers, and names in use that are missing.

    in_use: names that settings and assistants have, or backends offer. hub_cache: None for the user's own.
    """
    local = [*_ggufs(models_folder), *_folders(models_folder), *_cached(hub_cache)]
    quoting = AnswerModel(QUOTING, "quoting", "", "packaged", good_for="good_quoting", chat=True)
    models = [quoting, *sorted(local, key=lambda model: model.title.casefold()), *_served(servers)]
    names = {model.name for model in models}
    return [*models, *(_named(name) for name in dict.fromkeys(in_use) if name and name not in names)]


def delete(
    model: AnswerModel, models_folder: Path, in_use: Callable[[str], bool], hub_cache: Path | None = None
) -> None:
    """Delete the files of a removable model. A symbolic link is deleted, never its target.

    Raises ModelBusy if `in_use(name)`, NotFound if the model is missing or not removable, DiskFull, StoreReadOnly.
    """
    if in_use(model.name):
        raise ModelBusy(name=model.title or model.name)
    # looked up again, as the entry of the caller may be outdated or forged
    models = catalogue(models_folder, hub_cache=hub_cache)
    current = next((candidate for candidate in models if candidate.name == model.name), None)
    if current is None or not current.removable or current.path is None:
        raise NotFound(name=model.title or model.name)
    with disk_errors(models_folder):
        if current.path.parent == models_folder:
            for path in _belonging(current.path):
                _remove(path)
            provenance.forget(models_folder, current.path.name)
        else:
            _remove_cached(current.name, hub_cache)


def good_for(parameters: float, chat: bool | None) -> str:
    """The code of the sentence about what a model of this size does well; "" if the size is unknown."""
    if chat is False:
        return "good_base"
    return next((code for below, code in _GOOD_FOR if parameters < below), "good_best") if parameters else ""


def count_text(parameters: float) -> str:
    """A parameter count as makers write it: "270M", "1.5B"; "" for 0."""
    if not parameters:
        return ""
    return f"{parameters / 1e6:.0f}M" if parameters < 0.95e9 else f"{parameters / 1e9:.1f}".removesuffix(".0") + "B"


def _ggufs(models_folder: Path) -> Iterator[AnswerModel]:
    names = sorted(path.name for path in _entries(models_folder) if path.suffix.lower() == GGUF_SUFFIX)
    for name in names:
        if "mmproj" in name.lower():
            continue  # the vision part of a multimodal model
        part = PART.match(name)
        if part is not None and int(part["number"]) != 1 and _first(part["stem"], part["count"]) in names:
            continue  # the entry of the first part includes it
        yield _gguf(models_folder / name, models_folder)


def _gguf(path: Path, models_folder: Path | None) -> AnswerModel:
    """The entry of a GGUF file. models_folder: None for a file elsewhere."""
    source = provenance.of(models_folder, path.name) if models_folder else None
    name = path.name if models_folder else str(path)
    origin: Origin = "hub" if source else "file"
    paths = _belonging(path)
    model = AnswerModel(
        name,
        "gguf",
        path.name,
        origin,
        source.model if source else str(path.parent),
        path,
        sum(part_path.stat().st_size for part_path in paths if part_path.is_file()),
        source.licence if source else "",
        removable=models_folder is not None,
    )
    try:
        headers = [gguf.describe(part_path) for part_path in paths]
    except ModelUnavailable as error:
        return replace(model, problem=ModelDamaged(name=path.name, detail=error.values.get("detail", "")).notice())
    part = PART.match(path.name)
    if part is not None and (int(part["number"]) != 1 or len(paths) != int(part["count"])):
        return replace(model, problem=ModelDamaged(name=path.name, detail="parts are missing").notice())
    info, parameters = headers[0], sum(header.parameters for header in headers)
    if info.architecture in _SILENT:
        return replace(model, problem=Notice("model_writes_not", {"name": path.name}))
    return replace(
        model,
        title=f"{info.name}",
        licence=model.licence or info.licence,
        context=info.context,
        parameters=info.size_label or count_text(parameters),
        quantisation=info.quantisation,
        good_for=good_for(parameters, info.has_chat_template),
        chat=info.has_chat_template,
    )


def _first(stem: str, count: str) -> str:
    return f"{stem}-00001-of-{count}.gguf"


def _belonging(path: Path) -> list[Path]:
    """The file, with the other parts if it is the first of several."""
    part = PART.match(path.name)
    if part is None:
        return [path]
    numbered = (
        path.with_name(f"{part['stem']}-{n:05d}-of-{part['count']}.gguf") for n in range(1, int(part["count"]) + 1)
    )
    return [path for path in numbered if path.exists() or path.is_symlink()]


def _folders(models_folder: Path) -> Iterator[AnswerModel]:
    for path in _entries(models_folder):
        if path.is_dir() and (metadata := causal(path)) is not None:
            source = provenance.of(models_folder, path.name)
            title = source.model if source else path.name
            model = _transformers(str(path.absolute()), title, "hub" if source else "folder", path, metadata)
            licence = (source.licence if source else "") or model.licence
            yield replace(model, detail=source.model if source else str(path.parent), licence=licence, removable=True)


def _cached(hub_cache: Path | None) -> Iterator[AnswerModel]:
    from huggingface_hub import CacheNotFound, constants, scan_cache_dir

    folder = hub_cache or Path(constants.HF_HUB_CACHE)
    if not folder.is_dir():
        return
    try:
        scanned = scan_cache_dir(folder)
    except (CacheNotFound, OSError):
        return
    for repository in sorted(scanned.repos, key=lambda entry: entry.repo_id):
        newest = max(repository.revisions, key=lambda entry: entry.last_modified, default=None)
        if repository.repo_type != "model" or newest is None:
            continue
        if (metadata := causal(newest.snapshot_path)) is not None:
            model = _transformers(repository.repo_id, repository.repo_id, "hub", newest.snapshot_path, metadata)
            yield replace(model, bytes=repository.size_on_disk, detail=repository.repo_id, removable=True)


def _transformers(name: str, title: str, origin: Origin, path: Path, metadata: SafetensorsMetadata) -> AnswerModel:
    return AnswerModel(
        name,
        "transformers",
        title,
        origin,
        str(path.parent),
        path,
        metadata.bytes,
        metadata.licence,
        metadata.context,
        count_text(metadata.parameters),
        metadata.dtype,
        good_for(metadata.parameters, metadata.chat),
        metadata.chat,
        metadata.problem,
    )


def _served(states: Iterable[ServerState]) -> Iterator[AnswerModel]:
    for state in states:
        for served in state.models:
            name = str(ModelRef.at_server(state.server.name, served.id))
            yield AnswerModel(
                name,
                "server",
                served.id,
                "server",
                state.server.name,
                context=served.context or 0,
                good_for="good_server",
                problem=state.notice,
            )


def _named(name: str) -> AnswerModel:
    """A model that settings, an assistant or a backend names and that is in none of the usual places."""
    ref = ModelRef.parse(name)
    if ref.kind == "server":
        problem = Notice("model_unavailable", {"model": name, "detail": ref.server})
        title = ref.model or name
        return AnswerModel(name, "server", title, "server", ref.server, good_for="good_server", problem=problem)
    if ref.kind not in ("gguf", "folder", "hub"):  # nothing of it can be missing
        return AnswerModel(name, "other", ref.model, "packaged")
    path = Path(name).expanduser()
    if ref.kind == "gguf":
        if path.is_file():
            return _gguf(path, None)
        return AnswerModel(name, "gguf", path.name, "file", str(path.parent), path, problem=_missing(name))
    if path.is_dir() and (metadata := causal(path)) is not None:
        return _transformers(name, path.name, "folder", path, metadata)
    return AnswerModel(name, "transformers", name, "hub", name, problem=_missing(name))


def _missing(name: str) -> Notice:
    return Notice("model_not_here", {"name": name})


def _entries(folder: Path) -> list[Path]:
    """The visible files and folders: the names of incomplete ones begin with a dot."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    # renamed first, as a half deleted folder would look like a damaged model
    away = path.with_name(f".removed-{path.name}")
    shutil.rmtree(away, ignore_errors=True)
    path.rename(away)
    shutil.rmtree(away)  # rmtree does not follow links


def _remove_cached(repository_id: str, hub_cache: Path | None) -> None:
    from huggingface_hub import constants, scan_cache_dir

    scanned = scan_cache_dir(hub_cache or Path(constants.HF_HUB_CACHE))
    for repository in scanned.repos:
        if repository.repo_id == repository_id and repository.repo_type == "model":
            # limited to this repository: huggingface_hub deletes by commit, and a copy has the same commits
            alone = replace(scanned, repos=frozenset({repository}))
            alone.delete_revisions(*(revision.commit_hash for revision in repository.revisions)).execute()
