"""What can go wrong, in words that can be shown to a user.

    KildeError
    ├── FileRefused            a file was not accepted, or could not be read
    │   ├── EmptyFile
    │   ├── FileTooLarge
    │   ├── UnknownType        a kind of file that Kilde does not read
    │   │   └── OldFormat          one that can be saved as a kind that it does
    │   ├── WrongType          the content is not what the name says
    │   ├── DamagedFile
    │   ├── PasswordProtected
    │   ├── NoText             no page has a text layer
    │   │   └── NoTextByOcr    nor was there any in the pictures
    │   ├── TooManyPages
    │   ├── ParsingLimit       reading it took too much time or memory
    │   ├── UnsafeFile         it holds what documents do not hold, and attacks do
    │   └── AlreadyThere       the same content is in the store, under `name`
    ├── NameTaken              another content has this name; it can be replaced
    │   └── NameInUse          a document cannot be renamed to it
    ├── StoreError
    │   ├── DiskFull
    │   ├── StoreDamaged
    │   ├── StoreReadOnly
    │   ├── StoreNewer         a newer Kilde made it
    │   ├── ChecksMissing      the part that checks pages is not installed
    │   └── NotFound           something that is not (or no longer) there
    │       ├── DocumentGone
    │       ├── ConversationGone   a conversation or one of its turns
    │       └── AssistantGone
    ├── ModelError
    │   ├── ModelUnavailable   it is not here and cannot be fetched
    │   ├── ModelUnsafe        it would need remote code or unsafe weights
    │   ├── ModelChanged       it is not the one that the vectors were made with
    │   ├── CannotScore        it only writes, and cannot say how likely it finds an answer
    │   ├── NotAJudge          it does not say whether one text follows from another
    │   └── ServerFault        a model server; in each case what had come is kept
    │       ├── ServerRefused      nobody answers at its address
    │       ├── ServerNotAllowed   its address is not one that Kilde may speak to
    │       ├── ServerBusy         429 or 503
    │       ├── ServerSilent       it took too long, before or in the middle of an answer
    │       ├── ServerCutOff       the connection ended before the answer did
    │       └── ServerUnknown      it said something that Kilde does not understand, or refused the request
    ├── InvalidSetting         a value outside what the setting allows
    ├── InvalidAssistant       a part of an assistant that is not allowed, or a file that holds none
    ├── InvalidPanel           too few or too many were asked at once
    ├── TooManyQuestions       so many are being answered that no more are taken
    ├── InvalidImport          a folder to import that is not what `export` writes
    ├── InvalidBackup          a file to restore that is not what `backup` writes, or is damaged
    ├── TargetTaken            a backup or an export would take the place of something else
    ├── InUse                  a folder to restore into, while Kilde is running on it
    ├── NotEmpty               a folder to restore into has something in it
    └── Cancelled              the user stopped it; not a fault

`code` is the key of the sentence in `rag.core.i18n`, `values` what fills it in; `str(error)` is that sentence in
English. Exceptions of libraries are translated where they arise and never reach a page.
"""

from __future__ import annotations

from typing import Any

from rag.core.i18n import say
from rag.core.types import Notice


class KildeError(Exception):
    """Base of all that Kilde raises on purpose."""

    code = "error"

    def __init__(self, **values: Any) -> None:
        super().__init__(values)
        self.values = values

    def __str__(self) -> str:
        return say(self.code, "en", **self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        # keyword-only constructors do not survive pickling between processes without this
        return _rebuild, (type(self), self.values)

    def in_language(self, language: str) -> str:
        """The sentence in "da" or "en"."""
        return say(self.code, language, **self.values)

    def notice(self) -> Notice:
        """The same as a value that can be stored."""
        return Notice(self.code, dict(self.values))


def _rebuild(kind: type[KildeError], values: dict[str, Any]) -> KildeError:
    return kind(**values)


class FileRefused(KildeError):
    """A file was not accepted, or could not be read."""

    code = "file_refused"


class EmptyFile(FileRefused):
    """No bytes, or nothing but white space."""

    code = "empty_file"


class FileTooLarge(FileRefused):
    """values: limit (MB)."""

    code = "file_too_large"


class UnknownType(FileRefused):
    """values: suffix, known."""

    code = "unknown_type"


class OldFormat(UnknownType):
    """values: suffix, instead (what to save it as), known."""

    code = "old_format"


class WrongType(FileRefused):
    """values: expected, found."""

    code = "wrong_type"


class DamagedFile(FileRefused):
    """The file cannot be opened as what it is."""

    code = "damaged_file"


class PasswordProtected(FileRefused):
    """A password other than the empty one is needed."""

    code = "password_protected"


class NoText(FileRefused):
    """values: pages, as a readable list of ranges."""

    code = "no_text"


class NoTextByOcr(NoText):
    """values: pages, as a readable list of ranges."""

    code = "no_text_by_ocr"


class TooManyPages(FileRefused):
    """values: pages, limit."""

    code = "too_many_pages"


class ParsingLimit(FileRefused):
    """values: limit, a name of it."""

    code = "parsing_limit"


class UnsafeFile(FileRefused):
    """values: what, a name of it."""

    code = "unsafe_file"


class AlreadyThere(FileRefused):
    """values: name, of the document that has the same content."""

    code = "already_there"


class NameTaken(KildeError):
    """values: name."""

    code = "name_taken"


class NameInUse(NameTaken):
    """values: name."""

    code = "name_in_use"


class StoreError(KildeError):
    """The store could not do what was asked."""

    code = "store_error"


class DiskFull(StoreError):
    """Nothing was lost, nothing was added."""

    code = "disk_full"


class StoreDamaged(StoreError):
    """values: detail; row: True where a row is not what was written, in a database that is whole otherwise."""

    code = "store_damaged"


class StoreReadOnly(StoreError):
    """values: folder."""

    code = "store_read_only"


class StoreNewer(StoreError):
    """The tables are those of a newer Kilde, which this one does not know."""

    code = "store_newer"


class ChecksMissing(StoreError):
    """The pages carry checksums, and this installation lacks the part of apsw that writes them."""

    code = "checks_missing"


class NotFound(StoreError):
    """values: name."""

    code = "not_found"


class DocumentGone(NotFound):
    """It was deleted, perhaps in another tab."""

    code = "document_gone"


class ConversationGone(NotFound):
    """It was deleted, perhaps in another tab."""

    code = "conversation_gone"


class AssistantGone(NotFound):
    """It was deleted, perhaps in another tab."""

    code = "assistant_gone"


class ModelError(KildeError):
    """A model could not be used. values: model, detail."""

    code = "model_error"


class ModelUnavailable(ModelError):
    """values: model, detail."""

    code = "model_unavailable"


class ModelUnsafe(ModelError):
    """values: model."""

    code = "model_unsafe"


class ModelChanged(ModelError):
    """values: model."""

    code = "model_changed"


class CannotScore(ModelError):
    """values: model."""

    code = "cannot_score"


class NotAJudge(ModelError):
    """values: model."""

    code = "not_a_judge"


class ServerFault(ModelError):
    """values: server, detail."""

    code = "server_fault"


class ServerRefused(ServerFault):
    """values: server, detail."""

    code = "server_refused"


class ServerNotAllowed(ServerFault):
    """values: server, detail."""

    code = "server_not_allowed"


class ServerBusy(ServerFault):
    """values: server, detail."""

    code = "server_busy"


class ServerSilent(ServerFault):
    """values: server, seconds."""

    code = "server_silent"


class ServerCutOff(ServerFault):
    """values: server, detail."""

    code = "server_cut_off"


class ServerUnknown(ServerFault):
    """values: server, detail."""

    code = "server_unknown"


class InvalidAssistant(KildeError):
    """values: part, allowed."""

    code = "invalid_assistant"


class InvalidPanel(KildeError):
    """values: fewest, most."""

    code = "invalid_panel"


class TooManyQuestions(KildeError):
    """values: most."""

    code = "too_many_questions"


class InvalidSetting(KildeError):
    """values: setting, allowed."""

    code = "invalid_setting"


class InvalidImport(KildeError):
    """values: detail."""

    code = "invalid_import"


class InvalidBackup(KildeError):
    """values: detail."""

    code = "invalid_backup"


class TargetTaken(KildeError):
    """values: file, detail."""

    code = "target_taken"


class InUse(KildeError):
    """values: folder."""

    code = "in_use"


class NotEmpty(KildeError):
    """values: folder."""

    code = "not_empty"


class Cancelled(KildeError):
    """Stopped by the user; not a fault."""

    code = "cancelled"
