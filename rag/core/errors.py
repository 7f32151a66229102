"""What can go wrong, in words that can be shown to a user.

    KildeError
    ├── FileRefused            a file was not accepted, or could not be read
    │   ├── EmptyFile
    │   ├── NothingReadable    it is not empty, but nothing in it is text
    │   ├── FileTooLarge
    │   ├── UnknownType        a kind of file that Kilde does not read
    │   │   └── OldFormat          one that can be saved as a kind that it does
    │   ├── WrongType          the content is not what the name says
    │   ├── DamagedFile
    │   ├── PasswordProtected
    │   ├── NoText             no page has a text layer
    │   │   └── NoTextByOcr    nor was there any in the pictures
    │   │       └── NoTextInPicture    the file is one, and no scan
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
    │   ├── NotAReranker       it does not give a passage one score
    │   ├── NotAReader         it does not mark an answer in a passage
    │   ├── ModelTooSlow       it takes too long for a question on this machine, and is switched off
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

`code` is the key of the sentence in `rag.core.i18n`: the class's name, such as "disk_full" for DiskFull. `values` is
what fills it in; `str(error)` is that sentence in English. Exceptions of libraries are translated where they arise and
never reach a page.
"""

import re
from functools import partial
from typing import Any

from rag.core.i18n import say
from rag.core.types import Notice


class KildeError(Exception):
    """Base of all that Kilde raises on purpose."""

    code = "error"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub("(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, **values: Any) -> None:
        super().__init__(values)
        self.values = values

    def __str__(self) -> str:
        return say(self.code, "en", **self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        # keyword-only constructors do not survive pickling between processes without this
        return partial(type(self), **self.values), ()

    def in_language(self, language: str) -> str:
        """The sentence in "da" or "en"."""
        return say(self.code, language, **self.values)

    def notice(self) -> Notice:
        """The same as a value that can be stored."""
        return Notice(self.code, dict(self.values))


class FileRefused(KildeError):
    """A file was not accepted, or could not be read."""


class EmptyFile(FileRefused):
    """No bytes, or nothing but white space."""


class NothingReadable(FileRefused):
    """A file that is not empty, and has only what cannot be read as text."""


class FileTooLarge(FileRefused):
    """values: limit (MB)."""


class UnknownType(FileRefused):
    """values: suffix, known."""


class OldFormat(UnknownType):
    """values: suffix, instead (what to save it as), known."""


class WrongType(FileRefused):
    """values: expected, found."""


class DamagedFile(FileRefused):
    """The file cannot be opened as what it is."""


class PasswordProtected(FileRefused):
    """A password other than the empty one is needed."""


class NoText(FileRefused):
    """values: pages, as a readable list of ranges."""


class NoTextByOcr(NoText):
    """values: pages, as a readable list of ranges."""


class NoTextInPicture(NoTextByOcr):
    """The file is a picture, and no scan. values: pages, as a readable list of ranges."""


class TooManyPages(FileRefused):
    """values: pages, limit."""


class ParsingLimit(FileRefused):
    """values: limit, a name of it."""


class UnsafeFile(FileRefused):
    """values: what, a name of it."""


class AlreadyThere(FileRefused):
    """values: name, of the document that has the same content."""


class NameTaken(KildeError):
    """values: name."""


class NameInUse(NameTaken):
    """values: name."""


class StoreError(KildeError):
    """The store could not do what was asked."""


class DiskFull(StoreError):
    """Nothing was lost, nothing was added."""


class StoreDamaged(StoreError):
    """values: detail; row: True where a row is not what was written, in a database that is whole otherwise."""


class StoreReadOnly(StoreError):
    """values: folder."""


class StoreNewer(StoreError):
    """The tables are those of a newer Kilde, which this one does not know."""


class ChecksMissing(StoreError):
    """The pages carry checksums, and this installation lacks the part of apsw that writes them."""


class NotFound(StoreError):
    """values: name."""


class DocumentGone(NotFound):
    """It was deleted, perhaps in another tab."""


class ConversationGone(NotFound):
    """It was deleted, perhaps in another tab."""


class AssistantGone(NotFound):
    """It was deleted, perhaps in another tab."""


class ModelError(KildeError):
    """A model could not be used. values: model, detail."""


class ModelUnavailable(ModelError):
    """values: model, detail."""


class ModelUnsafe(ModelError):
    """values: model."""


class ModelChanged(ModelError):
    """values: model."""


class CannotScore(ModelError):
    """values: model."""


class NotAJudge(ModelError):
    """values: model."""


class NotAReranker(ModelError):
    """values: model."""


class NotAReader(ModelError):
    """values: model."""


class ModelTooSlow(ModelError):
    """values: model, seconds, limit."""


class ServerFault(ModelError):
    """values: server, detail."""


class ServerRefused(ServerFault):
    """values: server, detail."""


class ServerNotAllowed(ServerFault):
    """values: server, detail."""


class ServerBusy(ServerFault):
    """values: server, detail."""


class ServerSilent(ServerFault):
    """values: server, seconds."""


class ServerCutOff(ServerFault):
    """values: server, detail."""


class ServerUnknown(ServerFault):
    """values: server, detail."""


class InvalidAssistant(KildeError):
    """values: part, allowed."""


class InvalidPanel(KildeError):
    """values: fewest, most."""


class TooManyQuestions(KildeError):
    """values: most."""


class InvalidSetting(KildeError):
    """values: setting, allowed."""


class InvalidImport(KildeError):
    """values: detail."""


class InvalidBackup(KildeError):
    """values: detail."""


class TargetTaken(KildeError):
    """values: file, detail."""


class InUse(KildeError):
    """values: folder."""


class NotEmpty(KildeError):
    """values: folder."""


class Cancelled(KildeError):
    """Stopped by the user; not a fault."""
