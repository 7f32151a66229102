"""The facade: everything a page, the command line or a notebook can do with a collection of documents.

library = Library.open("notes")
library.add_path("manuals/")
library.wait()
turn = library.ask("Hvor længe er batteriet dækket?")
print(turn.answer.text, turn.answer.sentences[0].citations)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rag.answering.analysis.background import BackgroundAnalysis
from rag.answering.analysis.influence import InfluenceAnalysis
from rag.answering.analysis.perspective_effect import PerspectiveAnalysis
from rag.answering.analysis.requoting import Requoter
from rag.answering.conversations import Conversations
from rag.answering.pipeline import Answering
from rag.conversations.assistants import Assistants
from rag.conversations.history import History
from rag.conversations.panels import Panels
from rag.core.errors import KildeError, StoreDamaged
from rag.core.events import Done, Event
from rag.core.settings import default_folder
from rag.core.types import Assistant, Conditions, Document, Turn
from rag.core.types.assistants import NO_CONDITIONS
from rag.documents.collection import Documents, Progress
from rag.documents.indexer import Worker
from rag.documents.library_settings import LibrarySettings
from rag.documents.reindexing import Reindexer
from rag.documents.rereading import Rereading
from rag.documents.viewer import Reader
from rag.evaluation.metrics import Attempt
from rag.evaluation.runs import QuestionRuns, attempt
from rag.evaluation.saved_questions import SavedQuestions
from rag.evaluation.transfer import QuestionTransfer
from rag.generation.model_manager import ModelManager
from rag.generation.registry import Generators, Limits
from rag.models.chosen.registry import ChosenModels
from rag.models.embedding.registry import EmbeddingModel, LocalModels, Models
from rag.retrieval.query import Retrieval
from rag.store.maintenance import Maintenance
from rag.store.records import sqlite_records
from rag.store.sqlite import SqliteStore


class Library:
    """Documents, conversations and settings in one folder. Safe to use from many threads.

    Make one by `open` or `in_memory`. Methods raise the errors of `rag.core.errors`. Its parts:
    documents, conversations, settings, maintenance: see their classes. assistants: the user's perspectives. panels:
    several asked at once, and the votes. saved_questions: what the user said of answers, with the passages expected for
    each; question_runs: these asked again, in the background; question_transfer: as files. influence,
    perspective_effect: what a passage, and what an assistant's perspective, did to an answer. answer_models,
    generators: the models that can write answers, and those that are loaded. chosen_models: the reranker and the reader
    of the settings. viewer: single documents. store, indexer,
    embedding_models: what all of these work on.
    """

    def __init__(self, folder: Path | None, models: Models | None = None) -> None:
        self.folder = folder
        self.store = SqliteStore(folder)
        models_folder = (folder or default_folder()) / "models"
        self._local_models = LocalModels(models_folder)  # empty where the caller brought models, which outlive this
        self.embedding_models: Models = models or self._local_models
        self._works = False
        self.indexer = Worker(self.store, self.embedding_models, folder, self._recover_turns)
        if isinstance(self.embedding_models, LocalModels):
            self.embedding_models.on_ready = self.indexer.wake
        records = sqlite_records(self.store.database)
        reindexer = Reindexer(self.store.spaces, self.embedding_models, self.indexer.wake)
        self.settings = LibrarySettings(self.store.spaces, records.settings, reindexer, self.indexer)
        self.maintenance = Maintenance(self.store, self.settings.wanted_space, self._resume)
        self.documents = Documents(self.store, self.indexer, self.settings.wanted_space)
        self.rereading = Rereading(self.store, self.embedding_models, self.documents.reindex)
        history = History(records.conversations)
        self.assistants = Assistants(records.assistants)
        self.generators = Generators(models_folder, lambda name: self.answer_models.server(name), self._limits)
        self.answer_models = ModelManager(
            models_folder,
            folder,
            records.model_trials,
            self.generators,
            self._named_models,
            lambda: bool(history.running()),
        )
        self._answering = Answering(self.store, self.embedding_models, self.generators.get, self.assistants)
        self.chosen_models = ChosenModels(self.settings.current)
        self._answering.searcher.reranker = self.chosen_models
        self.conversations = Conversations(self.store, history, self._answering, self.settings.current)
        self.panels = Panels(records.panels, history, self.conversations.run, self.conversations.check_room)
        self.saved_questions = SavedQuestions(records.questions, history)
        self.question_runs = QuestionRuns(
            records.question_runs,
            self.saved_questions,
            self.try_question,
            self.settings.current,
            self.documents.is_gone,
        )
        self.question_transfer = QuestionTransfer(self.saved_questions, self.question_runs, self.store.documents)
        requoter = Requoter(self.store, self.embedding_models)
        influence = InfluenceAnalysis(requoter, self.generators.get, self.assistants)
        self.influence = BackgroundAnalysis(history, "influence", influence.measure)
        effect = PerspectiveAnalysis(self._answering.writer, requoter, self.assistants)
        self.perspective_effect = BackgroundAnalysis(history, "perspective_effect", effect.measure)
        self.viewer = Reader(self.store, self.ask_events)

    @classmethod
    def open(cls, folder: str | Path, *, work: bool = True, models: Models | None = None) -> Library:
        """Open the library in `folder`, which is made where it is not there.

        work: index in the background; without it, `work_until_done` does it in the caller's thread.
        One that is damaged, or lies where nothing can be written, is opened for reading: see `maintenance.trouble`.
        Raises StoreDamaged, StoreReadOnly, DiskFull where it cannot be read either.
        """
        library = cls(Path(folder), models)
        library._begin(work)
        return library

    @classmethod
    def in_memory(cls, *, work: bool = True, models: Models | None = None) -> Library:
        """A library that is gone when it is closed. Unpacked models are shared with the default folder."""
        library = cls(None, models)
        library._begin(work)
        return library

    def _begin(self, work: bool) -> None:
        self._wants_work = work
        if not work or self.store.refusal is not None:
            return
        self._works = True
        try:
            self.indexer.acquire()
        except StoreDamaged:  # met where turns are looked for that were cut off; noted, so that it is only read now
            self._works = False
            return
        self.indexer.start(self.settings.embedding_model())

    def _resume(self) -> None:
        if self._wants_work and not self._works:  # the store was damaged when it was opened, and has been repaired
            self._begin(True)
        self.indexer.wake()

    def _recover_turns(self) -> None:
        if self._works:  # the command line keeps no turns, and another program may be answering meanwhile
            self.conversations.recover()

    def close(self) -> None:
        """Stop what is under way, which goes on at the next opening, and let go of the folder."""
        self.conversations.stop_all()
        self.influence.stop_all()
        self.perspective_effect.stop_all()
        self.viewer.stop()
        self.rereading.stop()
        self.indexer.stop()
        self.answer_models.close()
        self.generators.close()
        self._answering.writer.close()
        self.chosen_models.close()
        self._local_models.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add_path(self, path: str | Path, *, replace: bool = True) -> list[tuple[str, Document | KildeError]]:
        """Add a file, or all files of known types in a folder; see `Documents.add_path`."""
        return self.documents.add_path(path, replace=replace)

    def wait(self, timeout: float | None = None) -> bool:
        """Return True when everything is indexed, False after `timeout` seconds."""
        return self.documents.wait(timeout)

    def work_until_done(
        self, report: Callable[[Progress], None], cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Index in this thread until everything is ready. Raises the model's error where it cannot be loaded."""
        self.indexer.run_until_done(lambda: report(self.documents.progress()), cancelled)

    def search(
        self,
        question: str,
        *,
        meaning: bool = True,
        documents: Collection[int] | None = None,
        conditions: Conditions = NO_CONDITIONS,
    ) -> Retrieval:
        """Candidates for a question, best first in `hits`. meaning: False searches by words alone, without a model."""
        return self._answering.searcher.search(question, meaning=meaning, documents=documents, conditions=conditions)

    def ask(
        self,
        question: str,
        *,
        k: int | None = None,
        conversation_id: int | None = None,
        conditions: Conditions | None = None,
    ) -> Turn:
        """Answer a question, and return when that is done. Kept only as part of a conversation.

        conditions: such as the assistant that is asked; without any, those of the conversation.
        """
        if conversation_id is not None:
            turn = self.conversations.start(question, conversation_id, conditions)
            return self.conversations.wait(turn.id)
        for event in self.ask_events(question, k=k, conditions=conditions or NO_CONDITIONS):
            if isinstance(event, Done):
                return event.turn
        raise AssertionError("an answer ends with Done")

    def ask_events(
        self,
        question: str,
        *,
        k: int | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        conditions: Conditions = NO_CONDITIONS,
        before: Sequence[Turn] = (),
        assistant: Assistant | None = None,
    ) -> Iterator[Event]:
        """Answer a question that is part of no conversation, event by event; the last one is Done.

        before: turns that the question may refer back to, in order. assistant: one that is tried as it stands, kept or
        not.
        """
        settings = self.settings.current()
        turn = Turn(0, 0, 1, question, "", conditions=conditions)
        return self._answering.ask(
            turn, settings if k is None else settings.changed(k=k), before, cancelled, assistant=assistant
        )

    def try_question(self, question: str) -> Attempt:
        """What a question comes to by the current settings, without writing an answer. Kept nowhere."""
        return attempt(self.ask_events(question))

    def embedding_model(self) -> EmbeddingModel:
        """The embedding model of the active space."""
        return self.embedding_models.embedding(self.settings.embedding_model())

    def _limits(self) -> Limits:
        settings = self.settings.current()
        return Limits(settings.context or None, settings.threads or None)

    def _named_models(self) -> set[str]:
        """The answer models that the settings and the assistants have."""
        names = {assistant.answer_model for assistant in self.assistants.all()}
        return {name for name in (*names, self.settings.current().answer_model) if name}
