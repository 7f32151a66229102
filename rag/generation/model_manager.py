"""Lists, downloads, tries, measures and deletes the models that write answers."""

from collections.abc import Callable, Iterable
from pathlib import Path

from rag.core.errors import NotFound
from rag.generation import model_catalog
from rag.generation.model_catalog import AnswerModel
from rag.generation.model_trials import ModelTrials
from rag.generation.registry import BACKENDS, Generators
from rag.models.download.candidates import DownloadCandidate, find_candidate
from rag.models.download.manager import Downloads
from rag.models.hardware import Machine, machine
from rag.models.recommended import Recommendation, recommendations
from rag.models.servers import Server, available
from rag.models.servers.monitor import ServerMonitor, find_servers
from rag.store.records_protocol import ModelTrialStore


class ModelManager:
    """The answer models of one data folder. Safe to use from many threads.

    named: returns the models in settings and assistants, which must not be deleted. answering: whether a turn is being
    answered. downloads, trials, servers: background jobs.
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
        offered = [name for backend in BACKENDS.values() for name in backend.offers]
        return model_catalog.catalogue(self.folder, self.servers.states(), [*offered, *self._named()])

    def machine(self) -> Machine:
        """The current hardware; the first call takes some tenths of a second."""
        return machine(self.folder)

    def measured(self) -> list[tuple[int, float]]:
        """File size in bytes and measured tokens per second of the models that were tried."""
        speeds = {name: report.tokens_per_second for name, report in self.trials.all().items()}
        return [
            (model.bytes, speed)
            for model in self.models()
            if model.kind == "gguf" and (speed := speeds.get(model.name))
        ]

    def recommendations(self) -> list[Recommendation]:
        """Recommended downloads, with how well this machine would run them."""
        return recommendations(self.machine(), self.measured())

    @staticmethod
    def find_candidate(model: str) -> DownloadCandidate:
        """The repository of this name on the hub; see `rag.models.download.candidates.find_candidate`."""
        return find_candidate(model)

    def delete(self, name: str) -> None:
        """Delete a model's files and its measurements. Raises ModelBusy, NotFound, DiskFull, StoreReadOnly."""
        model = next((entry for entry in self.models() if entry.name == name), None)
        if model is None:
            raise NotFound(name=name)
        if not self._in_use(name):
            self._generators.unload(name)
        model_catalog.delete(model, self.folder, self._in_use)
        self.trials.forget(name)

    def server(self, name: str) -> Server | None:
        """The server of this name. The first call waits until servers have been looked for."""
        if not self.servers.states():
            self.servers.wait()
        return available([state.server for state in self.servers.states()], name)

    def close(self) -> None:
        """Stop all background jobs; downloads can be resumed later."""
        self.trials.stop()
        self.downloads.stop()

    def _in_use(self, name: str) -> bool:
        trial = self.trials.progress()
        is_writing = self._generators.is_loaded(name) and self._answering()
        return name in self._named() or is_writing or (trial is not None and trial.model == name)
