"""The facade: everything a page, the command line or a notebook can do with a collection of documents.

library = Library.open("notes")
library.add_path("manuals/")
library.wait()
turn = library.ask("Hvor længe er batteriet dækket?")
print(turn.answer.text, turn.answer.sentences[0].citations)
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Literal, Self

from rag.answering import turn_runner
from rag.answering.analysis.background import BackgroundAnalysis
from rag.answering.analysis.influence import Influence
from rag.answering.analysis.perspective_effect import PerspectiveEffect
from rag.answering.analysis.requoting import Requoter
from rag.answering.pipeline import Answering
from rag.answering.turn_runner import LiveTurn, TurnRunner
from rag.conversations import sharing
from rag.conversations.assistants import Assistants
from rag.conversations.history import NO_CONDITIONS, History, Mention
from rag.conversations.panels import Panels
from rag.core import settings
from rag.core.errors import DamagedFile, DiskFull, DocumentGone, FileTooLarge, KildeError, NameTaken, StoreDamaged
from rag.core.events import Done, Event, Quoted
from rag.core.names import clean_name
from rag.core.settings import Origin, Settings
from rag.core.types import (
    Assistant,
    Conditions,
    Conversation,
    Document,
    Notice,
    Page,
    Place,
    Scope,
    Space,
    State,
    Turn,
    TurnState,
)
from rag.documents.indexer import Worker
from rag.documents.loaders import MEDIA_TYPES, kind_of
from rag.documents.reindexing import Change, Plan, Reindexer
from rag.documents.source_view import PageView, page_view
from rag.documents.viewer import Reader
from rag.evaluation import file_format
from rag.evaluation.metrics import Tried
from rag.evaluation.runs import QuestionRuns
from rag.evaluation.saved_questions import SavedQuestions
from rag.generation.model_manager import ModelManager
from rag.generation.protocol import Generator
from rag.generation.registry import Generators, Limits
from rag.models.embedding.registry import LocalModels, Models, ModelStatus
from rag.retrieval.searcher import Found
from rag.store import backup as backups
from rag.store import export_import
from rag.store.protocol import Report, SpaceProgress
from rag.store.sqlite import SqliteStore

__all__ = ["Library", "LiveTurn", "Progress"]

MAX_BYTES = 150 * 1024 * 1024
MAX_TAG = 60  # characters
SUGGESTED_WITHIN = 4
"""A question is suggested where the page it was made from is among so many of the best passages."""
_OPEN = (State.WAITING, State.READING, State.FINDABLE)
DocumentState = Literal["there", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far indexing has come in the active space. seconds_left: None while it cannot be told.

    fault: what keeps the worker from going on, such as a full disk; it tries again by itself.
    """

    space: SpaceProgress
    working: bool
    seconds_left: float | None
    fault: Notice | None = None


class Library:
    """Documents, conversations and settings in one folder. Safe to use from many threads.

    Make one by `open` or `in_memory`. Methods raise the errors of `rag.core.errors`.
    assistants: the user's perspectives. saved_questions: what the user said of answers, with the passages expected for
    each. question_runs: these questions asked again, in the background. panels: several asked at once, and the votes.
    influence, angle: what a passage, and what an assistant's perspective, did to an answer. shelf: the models that can
    write answers.
    """

    def __init__(self, folder: Path | None, models: Models | None = None) -> None:
        self.folder = folder
        self._store = SqliteStore(folder)
        models_folder = (folder or default_folder()) / "models"
        self.models: Models = models or LocalModels(models_folder)
        self._history = History(self._store.database)
        self.assistants = Assistants(self._store.database)
        self.saved_questions = SavedQuestions(self._store.database, self._history)
        self.question_runs = QuestionRuns(
            self._store.database, self.saved_questions, self.try_question, self.settings, self.is_gone
        )
        self._works = False
        self._worker = Worker(self._store, self.models, folder, self._recover_turns)
        if isinstance(self.models, LocalModels):
            self.models.on_ready = self._worker.wake
        self._generators = Generators(models_folder, lambda name: self.shelf.server(name), self._limits)
        self.shelf = ModelManager(
            models_folder,
            folder,
            self._store.database,
            self._generator,
            self._named_models,
            self._generators.let_go,
            lambda name: self._generators.is_loaded(name) and bool(self._history.running()),
        )
        self._answering = Answering(self._store, self.models, self._generator, self.assistants)
        self._running = TurnRunner(self._history)
        self.panels = Panels(self._store.database, self._history, self._run, self._running.check_room)
        self._changer = Reindexer(self._store, self.models, self._worker.wake)
        requoter = Requoter(self._store, self.models)
        influence = Influence(requoter, self._generator, self.assistants)
        self.influence = BackgroundAnalysis(self._history, "influence", influence.measure)
        angle = PerspectiveEffect(self._answering.writer, requoter, self.assistants)
        self.angle = BackgroundAnalysis(self._history, "angle", angle.measure)
        self._page_view = lru_cache(maxsize=24)(self._uncached_page_view)
        self.reader = Reader(
            self._store,
            lambda question, conditions, cancelled: self.ask_events(
                question, k=SUGGESTED_WITHIN, conditions=conditions, cancelled=cancelled
            ),
        )

    @classmethod
    def open(cls, folder: str | Path, *, work: bool = True, models: Models | None = None) -> Library:
        """Open the library in `folder`, which is made where it is not there.

        work: index in the background; without it, `work_until_done` does it in the caller's thread.
        One that is damaged, or lies where nothing can be written, is opened for reading: see `trouble`.
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
        if not work or self._store.database.refusal is not None:
            return
        self._works = True
        try:
            self._worker.acquire()
        except StoreDamaged:  # met where turns are looked for that were cut off; noted, so that it is only read now
            self._works = False
            return
        self._worker.start(self._model_in_use())

    def _recover_turns(self) -> None:
        if not self._works:  # the command line keeps no turns, and another program may be answering meanwhile
            return
        # nobody else answers in this folder, so what is still "running" was cut off
        for turn in self._history.running():
            if self._running.get(turn.id) is None:
                self._history.save(turn_runner.recovered(turn))

    def close(self) -> None:
        """Stop what is under way, which goes on at the next opening, and let go of the folder."""
        self._running.stop_all()
        self.influence.stop_all()
        self.angle.stop_all()
        self.reader.stop()
        self._worker.stop()
        self.shelf.close()
        self._generators.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # documents ---------------------------------------------------------------------------------------------

    def add(self, name: str, data: bytes, *, replace: bool = False, keep_both: bool = False) -> Document:
        """Keep a file and queue it to be indexed; durable on return, findable by words a moment later.

        name: as the user knows it, with `/` for folders. replace: the document of this name goes when the new one can
        be found. keep_both: a taken name gets a number.
        Raises FileRefused with its reason, AlreadyThere for a known content, NameTaken, DiskFull.
        """
        name = clean_name(name)
        if len(data) > MAX_BYTES:
            raise FileTooLarge(limit=MAX_BYTES // (1024 * 1024))
        media_type = kind_of(name, data)
        self._store.ensure_space(self._wanted_space(self.settings()))
        for _ in range(100):
            known = self._store.document_named(name)
            try:
                document = self._store.accept(
                    name, media_type, data, replaces=known.id if known is not None and replace else None
                )
            except NameTaken:
                if not keep_both:
                    raise
                name = export_import.free_name(self._store, name)
                continue
            except OSError as error:
                raise DiskFull from error
            self._worker.wake()
            return document
        raise NameTaken(name=name)

    def add_path(self, path: str | Path, *, replace: bool = True) -> list[tuple[str, Document | KildeError]]:
        """Add a file, or all files of known types in a folder, under their names relative to it.

        Returns for each name its document, or what was wrong with it.
        """
        root = Path(path)
        added: list[tuple[str, Document | KildeError]] = []
        for file in files_in(root):
            name = file.name if root.is_file() else file.relative_to(root).as_posix()
            try:
                if file.stat().st_size > MAX_BYTES:
                    raise FileTooLarge(limit=MAX_BYTES // (1024 * 1024))
                added.append((name, self.add(name, file.read_bytes(), replace=replace)))
            except KildeError as error:
                added.append((name, error))
            except OSError:
                added.append((name, DamagedFile()))
        return added

    def documents(self) -> list[Document]:
        """Newest first."""
        return self._store.list_documents()

    def document(self, document_id: int) -> Document:
        """Raises NotFound."""
        document = self._store.document(document_id)
        if document is None:
            raise DocumentGone
        return document

    def document_with_content(self, sha256: str) -> Document | None:
        """The document that has this content now; None where none has."""
        return self._store.document_with_content(sha256)

    def original(self, document_id: int) -> bytes:
        """The file as it was added. Raises NotFound."""
        return self._store.original(self.document(document_id).sha256).read_bytes()

    def rename(self, document_id: int, name: str) -> None:
        """The type stays: a name without the old one's suffix gets it. Raises NameTaken, NotFound."""
        suffix = PurePosixPath(self.document(document_id).name).suffix
        name = clean_name(name)
        same = PurePosixPath(name).suffix.lower() == suffix.lower()
        self._store.rename_document(document_id, name if same else name + suffix)

    def tag(self, ids: Collection[int], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Put tags on documents, or take them off. Spaces around a tag do not count, and empty ones are passed over."""
        cleaned = [tag for name in add if (tag := " ".join(name.split())[:MAX_TAG])]
        self._store.set_tags(ids, cleaned, remove)

    def tags(self) -> dict[str, int]:
        """All tags in use, with how many documents bear each."""
        return self._store.tags()

    def reindex(self, ids: Collection[int]) -> None:
        """Read and index documents again; one that was stopped goes on from where it was."""
        stopped = {d.id for d in self.documents() if d.id in set(ids) and d.state is State.STOPPED}
        self._store.resume_stopped(stopped)
        self._store.queue_again(set(ids) - stopped)
        self._worker.wake()

    def remove(self, ids: Collection[int]) -> None:
        """On return nothing of these documents can be found."""
        self._store.delete_documents(ids)

    def accept_partial(self, document_id: int) -> None:
        """The user has seen that a document was read in part, and wants to have those pages."""
        self._store.accept_partial(document_id)

    def pages_by_ocr(self, sha256: str) -> set[int]:
        """The numbers of those pages of a content that were read by OCR; none where it has gone."""
        return self._store.pages_by_ocr(sha256)

    def cancel(self, ids: Collection[int] | None = None) -> None:
        """Stop indexing some documents, or all; what was made of them stays findable."""
        self._store.stop_tasks(ids)

    def progress(self) -> Progress:
        """How far indexing has come."""
        space = self._store.active_space()
        if space is None:
            return Progress(SpaceProgress(), False, None)
        done = self._store.space_progress(space.id)
        if (refusal := self._store.database.refusal) is not None:
            return Progress(done, False, None, refusal.notice())
        working = any(done.states.get(state, 0) for state in _OPEN)
        fault = self._worker.fault if working else None
        return Progress(done, working, self._seconds(done.chunks - done.chunks_done) if working else None, fault)

    def wait(self, timeout: float | None = None) -> bool:
        """Return True when everything is indexed, False after `timeout` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while self.progress().working or self._store.building_space() is not None:
            if end is not None and time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def work_until_done(
        self, report: Callable[[Progress], None], cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Index in this thread until everything is ready. Raises the model's error where it cannot be loaded."""
        self._worker.run_until_done(lambda: report(self.progress()), cancelled)

    # questions ---------------------------------------------------------------------------------------------

    def search(
        self,
        question: str,
        *,
        meaning: bool = True,
        documents: Collection[int] | None = None,
        conditions: Conditions = NO_CONDITIONS,
    ) -> Found:
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
            turn = self.start_turn(question, conversation_id, conditions)
            self._running.wait(turn.id)
            return self._history.turn(turn.id)
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
        chosen = self.settings() if k is None else self.settings().changed(k=k)
        turn = Turn(0, 0, 1, question, "", conditions=conditions)
        return self._answering.ask(turn, chosen, before, cancelled, assistant=assistant)

    def start_turn(
        self, question: str, conversation_id: int | None = None, conditions: Conditions | None = None
    ) -> Turn:
        """Begin to answer in the background, in a new conversation where none is given; durable on return.

        conditions: without any, those of the conversation: its scope and its assistant.
        Raises TooManyQuestions, NotFound.
        """
        self._running.check_room()
        conditions = conditions or self._conditions_of(conversation_id)
        turn = self._history.begin(question, conversation_id, conditions)
        self._run(turn)
        return turn

    def ask_again(self, turn_id: int, *, question: str | None = None, conditions: Conditions | None = None) -> Turn:
        """Ask in a turn's place: another question, or the same under other conditions. The old turn stays reachable.

        What is None is as it was. The turns that followed the old one stay with it.
        Raises TooManyQuestions, NotFound.
        """
        self._running.check_room()
        turn = self._history.turn(turn_id)
        fresh = self._history.begin(
            turn.question if question is None else question,
            turn.conversation_id,
            turn.conditions if conditions is None else conditions,
            beside=turn_id,
        )
        self._run(fresh)
        return fresh

    def _conditions_of(self, conversation_id: int | None) -> Conditions:
        if conversation_id is None:
            return NO_CONDITIONS
        conversation = self._history.conversation(conversation_id)
        return Conditions(conversation.scope, assistant=conversation.assistant)

    def variants(self, turn_id: int) -> list[int]:
        """The ids of a turn and of those that were asked in its place, in the order in which they were asked."""
        return self._history.variants(self._history.turn(turn_id))

    def show_variant(self, turn_id: int) -> None:
        """Show the branch of the conversation that a turn is in."""
        self._history.show(turn_id)

    def live(self, turn_id: int) -> LiveTurn:
        """A turn as it is now, running or not. Raises NotFound."""
        return self._running.get(turn_id) or LiveTurn(self._history.turn(turn_id))

    def stop_turn(self, turn_id: int) -> None:
        """Stop answering; the turn keeps what there is."""
        self._running.stop(turn_id)

    def turns(self, conversation_id: int) -> list[LiveTurn]:
        """The turns of a conversation, in order: of its branches the one that is shown."""
        return [self._running.get(turn.id) or LiveTurn(turn) for turn in self._history.turns(conversation_id)]

    def _run(self, turn: Turn) -> None:
        chosen = self.settings()
        before = self._history.before(turn)
        self._running.start(turn, lambda cancelled: self._answering.ask(turn, chosen, before, cancelled))

    # saved questions ---------------------------------------------------------------------------------------

    def try_question(self, question: str) -> Tried:
        """What a question comes to by the current settings, without writing an answer. Kept nowhere."""
        found = self.search(question)
        answered = False
        events = self.ask_events(question)
        with closing(events):  # type: ignore[type-var]
            for event in events:
                if isinstance(event, Quoted | Done):
                    answered = event.turn.answer is not None and event.turn.answer.answered
                    break
        return Tried(found.hits, answered, found.notice)

    def export_questions(self, form: Literal["json", "csv"], language: str = "en") -> bytes:
        """All saved questions as a file, see `rag.evaluation.file_format`; CSV has the ranks of the last run."""
        questions = self.saved_questions.all()
        if form == "csv":
            return file_format.to_csv(questions, language, next(iter(self.question_runs.last(1)), None))
        return file_format.to_json(questions, self._pages_of)

    def import_questions(self, data: bytes) -> int:
        """Add the questions of a JSON file; returns how many were not here yet. Raises InvalidQuestions."""
        return self.saved_questions.restore(file_format.from_json(data))

    def _pages_of(self, sha256: str) -> Sequence[Page]:
        document = self._store.document_with_content(sha256)
        return self._store.pages(document.id) if document is not None else ()

    # conversations -----------------------------------------------------------------------------------------

    def conversations(self, search: str = "", *, archived: bool | None = None) -> list[Conversation]:
        """The most recently used first. search: words in their titles, questions and answers."""
        return self._history.conversations(search, archived=archived)

    def conversation(self, conversation_id: int) -> Conversation:
        """Raises NotFound."""
        return self._history.conversation(conversation_id)

    def rename_conversation(self, conversation_id: int, title: str) -> None:
        self._history.rename(conversation_id, title)

    def mentions(self, search: str) -> list[Mention]:
        """Where conversations, archived ones too, say what is searched: the most recently used first."""
        return self._history.mentions(search)

    def archive_conversation(self, conversation_id: int, archived: bool = True) -> None:
        """Put a conversation out of the way, or back."""
        self._history.archive(conversation_id, archived)

    def share_conversation(
        self, conversation_id: int, form: str, language: str, *, sources: bool = True, turn_id: int | None = None
    ) -> bytes:
        """The shown branch of a conversation, or one of its turns, as a file; see `rag.conversations.sharing.write`."""
        conversation = self._history.conversation(conversation_id)
        turns = [live.turn for live in self.turns(conversation_id)] if turn_id is None else [self.live(turn_id).turn]
        return sharing.write(form, conversation, turns, language, sources=sources)

    def set_scope(self, conversation_id: int, scope: Scope) -> None:
        """What the next questions of a conversation are asked of."""
        self._history.set_scope(conversation_id, scope)

    def set_assistant(self, conversation_id: int, assistant: int) -> None:
        """Who the next questions of a conversation are asked: an id, NO_ASSISTANT or ROUTER."""
        self._history.set_assistant(conversation_id, assistant)

    def delete_conversation(self, conversation_id: int) -> None:
        for turn in self._history.every_turn(conversation_id):
            if turn.state is TurnState.RUNNING:
                self._running.stop(turn.id)
                self._running.wait(turn.id)
        self._history.delete(conversation_id)

    # the page a passage stands on --------------------------------------------------------------------------

    def page_view(self, turn_id: int, number: int, page: int | None = None) -> PageView:
        """The page that source `number` of a turn stands on, or another page of the same document.

        All passages and quotes of the turn that stand on it are marked. Where the document has gone or changed,
        the passage is shown from what the turn kept. Raises NotFound.
        """
        turn = self.live(turn_id).turn
        return self._page_view(turn_id, number, page, turn.hits, turn.answer, self._store.generation())

    def _uncached_page_view(self, turn_id: int, number: int, page: int | None, *_: Any) -> PageView:
        return page_view(self._store, self.live(turn_id).turn, number, page)

    def find_on_page(self, sha256: str, page: int, text: str) -> tuple[Place, str] | None:
        """Where a page of a document says `text`, white space aside, and its exact words; None where it does not."""
        document = self._store.document_with_content(sha256)
        words = text.split()
        if document is None or not words:
            return None
        said = next((p.text for p in self._store.pages(document.id) if p.number == page), "")
        found = re.search(r"\s*".join(map(re.escape, words)), said)
        return None if found is None else (Place(sha256, page, *found.span()), found[0])

    def is_gone(self, sha256: str) -> bool:
        """Whether the content that a passage was taken from is no longer in the library."""
        return self._store.document_with_content(sha256) is None

    def document_state(self, sha256: str, name: str) -> DocumentState:
        """Whether content taken from a document of this name is still there; "changed": the name has other content."""
        if self._store.document_with_content(sha256) is not None:
            return "there"
        return "gone" if self._store.document_named(name) is None else "changed"

    # settings and models -----------------------------------------------------------------------------------

    def settings(self) -> Settings:
        """The values in force."""
        return self._resolved()[0]

    def setting_origins(self) -> dict[str, Origin]:
        """Where each value in force came from."""
        return self._resolved()[1]

    def plan_change(self, wanted: Settings) -> Plan:
        """What it would take to change to these settings."""
        return self._changer.plan(self.settings(), wanted, self._worker.chunks_per_second)

    def save_settings(self, wanted: Settings) -> None:
        """Keep settings. Where that needs re-indexing it begins in the background; see `change`."""
        now, plan = self.settings(), self.plan_change(wanted)
        values = asdict(wanted)
        of_space = {name: values.pop(name) for name in settings.REINDEXING}
        self._keep(values)
        if plan.reindexes:
            # only these: the others may be changed again before the model is ready
            self._changer.begin(self._wanted_space(wanted), lambda: self._keep(of_space))
            return
        if any(getattr(now, name) != value for name, value in of_space.items()):
            self._changer.cancel()  # back to the space that there is
        self._keep(of_space)

    def change(self) -> Change | None:
        """The change of space under way, or why the last one failed; None where there is neither."""
        return self._changer.current(self._worker.chunks_per_second)

    def cancel_change(self) -> None:
        """Stay with the space that there is."""
        self._changer.cancel()
        active = self._store.active_space()
        if active is not None:
            self._keep({"embedding_model": active.model, "chunk_size": active.chunk_size, "overlap": active.overlap})

    def model_status(self) -> ModelStatus:
        """The embedding model of the active space."""
        return self.models.embedding(self._model_in_use()).status

    def warm_up(self) -> None:
        """Begin to load the embedding model, in the background."""
        self.models.embedding(self._model_in_use()).load_in_background()

    def _model_in_use(self) -> str:
        active = self._store.active_space()
        return active.model if active else self.settings().embedding_model

    def _resolved(self) -> tuple[Settings, dict[str, Origin]]:
        with self._store.database.read() as db:
            saved = {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM setting")}
        return settings.resolve(saved)

    def _keep(self, values: Mapping[str, Any]) -> None:
        with self._store.database.write() as db:
            db.executemany(
                "INSERT OR REPLACE INTO setting VALUES (?, ?)", ((k, json.dumps(v)) for k, v in values.items())
            )

    @staticmethod
    def _wanted_space(wanted: Settings) -> Space:
        # the rest is filled in by the model when it is there
        return Space(wanted.embedding_model, "", 0, "", "", wanted.chunk_size, wanted.overlap)

    def _limits(self) -> Limits:
        chosen = self.settings()
        return Limits(chosen.context or None, chosen.threads or None)

    def _generator(self, name: str) -> Generator:
        return self._generators.get(name)

    def _named_models(self) -> set[str]:
        """The answer models that the settings and the assistants have."""
        names = {assistant.answer_model for assistant in self.assistants.all()}
        return {name for name in (*names, self.settings().answer_model) if name}

    # care --------------------------------------------------------------------------------------------------

    def health(self) -> dict[str, Any]:
        """Versions, counts, sizes, the model in use. Quick."""
        return {**self._store.health(), "model": self.model_status(), "model_notice": self._worker.model_notice}

    def trouble(self) -> list[Notice]:
        """What the user should know of the store before all else: that nothing can be saved, or may have been lost."""
        refusal = self._store.database.refusal
        found = [] if refusal is None else [refusal.notice()]
        return found + [Notice("newest_lost", {"file": path.name}) for path in self._store.lost_changes()]

    def verify(self, *, repair: bool = False) -> Report:
        """Check everything against everything. repair: make anew what is derived; `problems` are those left then.

        Raises StoreReadOnly and DiskFull where a repair could not be written.
        """
        report = self._store.verify(repair=repair)
        if self._store.database.refusal is None:
            if self._wants_work and not self._works:
                self._begin(True)
            self._worker.wake()
        return report

    def backup(self, path: str | Path, report: Callable[[int, int], None] = lambda done, total: None) -> backups.Saved:
        """Write everything but models into one file, while the library is in use; see `rag.store.backup`.

        Raises DiskFull, StoreReadOnly, StoreDamaged.
        """
        return backups.backup(self._store, Path(path), report)

    def export(self, folder: str | Path, form: export_import.Format = "parquet") -> export_import.Counts:
        """Write vectors, chunks, documents and originals as plain files; see `rag.store.export_import`.

        Of a damaged library what can be read is written, and what cannot is named.
        """
        return export_import.export(self._store, Path(folder), form)

    def import_(self, folder: str | Path) -> export_import.Imported:
        """Load what `export` wrote. Raises InvalidImport."""
        imported = export_import.import_(self._store, Path(folder), self._wanted_space(self.settings()))
        self._worker.wake()
        return imported

    def _seconds(self, chunks: int) -> float | None:
        rate = self._worker.chunks_per_second
        return chunks / rate if rate else None


def default_folder() -> Path:
    """`KILDE_DATA`, or `vectorstore` beside the program."""
    return Path(os.environ.get("KILDE_DATA") or Path(__file__).resolve().parent.parent / "vectorstore")


def files_in(root: Path) -> Iterable[Path]:
    """A file itself, or the files of known types under a folder, by name; hidden ones are passed over."""
    if root.is_file():
        return [root]
    found: Sequence[Path] = sorted(
        path
        for path in root.rglob("*")
        if path.is_file()
        and path.suffix.lower() in MEDIA_TYPES
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )
    return found
