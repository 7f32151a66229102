"""The models that write answers: listing, fetching, trying, measuring and deleting them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from rag.core.errors import NotFound
from rag.generation import model_catalog
from rag.generation.model_catalog import AnswerModel
from rag.generation.model_trials import ModelTrials
from rag.generation.registry import Generators
from rag.models.download.candidates import DownloadCandidate, find_candidate
from rag.models.download.manager import Downloads
from rag.models.hardware import Machine, machine
from rag.models.recommended import Recommendation, recommendations
from rag.models.servers import Server, available
from rag.models.servers.monitor import ServerMonitor, find_servers
from rag.store.records_protocol import ModelTrialStore


class ModelManager:
    """The answer models of one data folder. Safe to use from many threads.

    named: the models that settings and assistants have, which must not be deleted. answering: whether a turn is being
    answered. downloads, trials, servers: what is done in the background.
    """

    def __init__(
        self,
        models_folder: Path,
        data_folder: Path | None,
        trials: ModelTrialStore,
        generators: Generators,
        named: Callable[[], Iterable[str]],
        answering: Callable[[], bool] = lambda: False,
    ) -> None:
        self.folder = models_folder
        self.downloads = Downloads(models_folder)
        self.trials = ModelTrials(trials, generators.get)
        self.servers = ServerMonitor(lambda: find_servers(data_folder))
        self._generators, self._named, self._answering = generators, named, answering

    def models(self) -> list[AnswerModel]:
        """What is here, and what settings and assistants name; see `rag.generation.model_catalog`."""
        return model_catalog.catalogue(self.folder, self.servers.states(), self._named())

    def machine(self) -> Machine:
        """This machine as it is now; the first call takes some tenths of a second."""
        return machine(self.folder)

    def measured(self) -> list[tuple[int, float]]:
        """Bytes and tokens a second of the model files that were tried here."""
        speeds = {name: report.tokens_per_second for name, report in self.trials.all().items()}
        return [
            (model.bytes, speed)
            for model in self.models()
            if model.kind == "gguf" and (speed := speeds.get(model.name))
        ]

    def recommendations(self) -> list[Recommendation]:
        """What is worth fetching, and what this machine would make of it."""
        return recommendations(self.machine(), self.measured())

    @staticmethod
    def find_candidate(model: str) -> DownloadCandidate:
        """What the hub has under this name; see `rag.models.download.candidates.find_candidate`."""
        return find_candidate(model)

    def delete(self, name: str) -> None:
        """Delete a model's files and what was measured of it. Raises ModelBusy, NotFound, DiskFull, StoreReadOnly."""
        model = next((entry for entry in self.models() if entry.name == name), None)
        if model is None:
            raise NotFound(name=name)
        if not self._in_use(name):
            self._generators.unload(name)
        model_catalog.delete(model, self.folder, self._in_use)
        self.trials.forget(name)

    def server(self, name: str) -> Server | None:
        """The server of this name. The first call waits until it is known which there are."""
        if not self.servers.states():
            self.servers.wait()
        return available([state.server for state in self.servers.states()], name)

    def close(self) -> None:
        """Stop what is under way; downloads can go on later."""
        self.trials.stop()
        self.downloads.stop()

    def _in_use(self, name: str) -> bool:
        trial = self.trials.progress()
        is_writing = self._generators.is_loaded(name) and self._answering()
        return name in self._named() or is_writing or (trial is not None and trial.model == name)
