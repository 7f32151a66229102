"""The models that can write answers: what is here, where it came from, and what it is good for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.core.durable_io import disk_errors
from rag.core.errors import ModelUnavailable, NotFound
from rag.core.settings import QUOTING, name_at_server, server_and_model
from rag.core.types import Notice
from rag.models.download import provenance
from rag.models.download.repository import PART
from rag.models.errors import ModelBusy, ModelDamaged
from rag.models.metadata import gguf
from rag.models.metadata.safetensors import SafetensorsMetadata, causal
from rag.models.servers.monitor import ServerState

Kind = Literal["quoting", "gguf", "transformers", "server"]
Origin = Literal["packaged", "file", "hub", "folder", "server"]

# made for meaning, pictures or sound, not for writing: general.architecture of llama.cpp's files
_SILENT = frozenset({"bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "neo-bert",
                     "t5encoder", "clip", "wavtokenizer-dec", "gemma-embedding"})  # fmt: skip
# parameters below which, and the code of a sentence on the models page
_GOOD_FOR = ((0.9e9, "good_tiny"), (3e9, "good_quick"), (6e9, "good_everyday"), (10.5e9, "good_careful"))


@dataclass(frozen=True, slots=True)
class AnswerModel:
    """One model. name: by which it is chosen in settings and assistants. title: as it is shown.

    origin: "packaged" with Kilde, a "file" in the models folder, from the "hub", a "folder" of the user's, a "server".
    detail: which hub id, folder or server. path: None where it is on a server. bytes: 0 where that is not known, as is
    context (tokens). parameters: such as "1.5B". good_for: code of a sentence of the models page. chat: made to follow
    instructions; None where that is not known. removable: its files can be deleted from here.
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
    models_folder: Path,
    servers: Sequence[ServerState] = (),
    in_use: Iterable[str] = (),
    hub_cache: Path | None = None,
) -> list[AnswerModel]:
    """All models: quoting first, those of this machine by name, those of servers, and what is in use and not there.

    in_use: names that settings and assistants have. hub_cache: None for the user's own.
    """
    here = [*_ggufs(models_folder), *_folders(models_folder), *_cached(hub_cache)]
    quoting = AnswerModel(QUOTING, "quoting", "", "packaged", good_for="good_quoting", chat=True)
    models = [quoting, *sorted(here, key=lambda model: model.title.casefold()), *_served(servers)]
    known = {model.name for model in models}
    return [*models, *(_named(name) for name in dict.fromkeys(in_use) if name and name not in known)]


def delete(
    model: AnswerModel, models_folder: Path, in_use: Callable[[str], bool], hub_cache: Path | None = None
) -> None:
    """Delete the files of a removable model. A link is taken away, never what it leads to.

    Raises ModelBusy where `in_use(name)`, NotFound where it is not (or no longer) there or not to be deleted, DiskFull,
    StoreReadOnly.
    """
    if in_use(model.name):
        raise ModelBusy(name=model.title or model.name)
    # found anew: what the caller holds may be old, or made up
    found = next((one for one in catalogue(models_folder, hub_cache=hub_cache) if one.name == model.name), None)
    if found is None or not found.removable or found.path is None:
        raise NotFound(name=model.title or model.name)
    with disk_errors(models_folder):
        if found.path.parent == models_folder:
            for path in _belonging(found.path):
                _remove(path)
            provenance.forget(models_folder, found.path.name)
        else:
            _remove_cached(found.name, hub_cache)


def good_for(parameters: float, chat: bool | None) -> str:
    """The code of the sentence that says what a model with so many parameters does well; "" where it is not known."""
    if chat is False:
        return "good_base"
    return next((code for below, code in _GOOD_FOR if parameters < below), "good_best") if parameters else ""


def count_text(parameters: float) -> str:
    """A number of parameters as makers write it: "270M", "1.5B"; "" for none."""
    if not parameters:
        return ""
    return f"{parameters / 1e6:.0f}M" if parameters < 0.95e9 else f"{parameters / 1e9:.1f}".removesuffix(".0") + "B"


def _ggufs(models_folder: Path) -> Iterator[AnswerModel]:
    names = sorted(path.name for path in _entries(models_folder) if path.suffix.lower() == gguf.SUFFIX)
    for name in names:
        if "mmproj" in name.lower():
            continue  # the eyes of a model that also sees
        part = PART.match(name)
        if part is not None and int(part["number"]) != 1 and _first(part["stem"], part["count"]) in names:
            continue  # told with the first part
        yield _gguf(models_folder / name, models_folder)


def _gguf(path: Path, models_folder: Path | None) -> AnswerModel:
    """models_folder: None for a file elsewhere."""
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
        sum(one.stat().st_size for one in paths if one.is_file()),
        source.licence if source else "",
        removable=models_folder is not None,
    )
    try:
        told = [gguf.describe(one) for one in paths]
    except ModelUnavailable as error:
        return replace(model, problem=ModelDamaged(name=path.name, detail=error.values.get("detail", "")).notice())
    part = PART.match(path.name)
    if part is not None and (int(part["number"]) != 1 or len(paths) != int(part["count"])):
        return replace(model, problem=ModelDamaged(name=path.name, detail="parts are missing").notice())
    info, parameters = told[0], sum(one.parameters for one in told)
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
    """The file with its other parts, where it is the first of several."""
    part = PART.match(path.name)
    if part is None:
        return [path]
    numbered = (
        path.with_name(f"{part['stem']}-{n:05d}-of-{part['count']}.gguf") for n in range(1, int(part["count"]) + 1)
    )
    return [one for one in numbered if one.exists() or one.is_symlink()]


def _folders(models_folder: Path) -> Iterator[AnswerModel]:
    for path in _entries(models_folder):
        if path.is_dir() and (told := causal(path)) is not None:
            source = provenance.of(models_folder, path.name)
            title = source.model if source else path.name
            model = _transformers(str(path.absolute()), title, "hub" if source else "folder", path, told)
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
    for repository in sorted(scanned.repos, key=lambda one: one.repo_id):
        newest = max(repository.revisions, key=lambda one: one.last_modified, default=None)
        if repository.repo_type != "model" or newest is None:
            continue
        if (told := causal(newest.snapshot_path)) is not None:
            model = _transformers(repository.repo_id, repository.repo_id, "hub", newest.snapshot_path, told)
            yield replace(model, bytes=repository.size_on_disk, detail=repository.repo_id, removable=True)


def _transformers(name: str, title: str, origin: Origin, path: Path, told: SafetensorsMetadata) -> AnswerModel:
    return AnswerModel(
        name,
        "transformers",
        title,
        origin,
        str(path.parent),
        path,
        told.bytes,
        told.licence,
        told.context,
        count_text(told.parameters),
        told.dtype,
        good_for(told.parameters, told.chat),
        told.chat,
        told.problem,
    )


def _served(states: Iterable[ServerState]) -> Iterator[AnswerModel]:
    for state in states:
        for one in state.models:
            name = name_at_server(state.server.name, one.id)
            yield AnswerModel(
                name,
                "server",
                one.id,
                "server",
                state.server.name,
                context=one.context or 0,
                good_for="good_server",
                problem=state.notice,
            )


def _named(name: str) -> AnswerModel:
    """What settings or an assistant name, and is in none of the usual places."""
    if (parts := server_and_model(name)) is not None:
        server, model = parts
        problem = Notice("model_unavailable", {"model": name, "detail": server})
        return AnswerModel(name, "server", model or name, "server", server, good_for="good_server", problem=problem)
    path = Path(name).expanduser()
    if name.lower().endswith(gguf.SUFFIX):
        if path.is_file():
            return _gguf(path, None)
        return AnswerModel(name, "gguf", path.name, "file", str(path.parent), path, problem=_missing(name))
    if path.is_dir() and (told := causal(path)) is not None:
        return _transformers(name, path.name, "folder", path, told)
    return AnswerModel(name, "transformers", name, "hub", name, problem=_missing(name))


def _missing(name: str) -> Notice:
    return Notice("model_not_here", {"name": name})


def _entries(folder: Path) -> list[Path]:
    """What can be seen in it: what is not whole yet has a name with a dot before it."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    # out of sight at once: a folder that is half deleted would look like a damaged model
    away = path.with_name(f".removed-{path.name}")
    shutil.rmtree(away, ignore_errors=True)
    path.rename(away)
    shutil.rmtree(away)  # does not go through links


def _remove_cached(repository_id: str, hub_cache: Path | None) -> None:
    from huggingface_hub import constants, scan_cache_dir

    scanned = scan_cache_dir(hub_cache or Path(constants.HF_HUB_CACHE))
    for repository in scanned.repos:
        if repository.repo_id == repository_id and repository.repo_type == "model":
            # of this one alone: a copy of a repository has the same commits, and the library would take either
            alone = replace(scanned, repos=frozenset({repository}))
            alone.delete_revisions(*(revision.commit_hash for revision in repository.revisions)).execute()
