"""What Kilde reads of a file: as the library does it, in the sandbox, by name and bytes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.kept import models
from benchmarks.reading.judging import Reading, Sample
from rag.core.errors import FileRefused
from rag.core.i18n import say
from rag.core.text.sentences import detect_language, sentences
from rag.core.types import Notice, Page
from rag.documents.loaders import kind_of, load
from rag.library import Library


def readings(samples: Iterable[Sample]) -> Iterator[Reading]:
    """Of each file, in order. Documents inside documents are read through a library, which may make several of them."""
    local_models = models()
    with Library.in_memory(work=False, models=local_models) as library:  # loads the model, which is no file's time
        library.documents.add("a.txt", b"Warm.")
        library.work_until_done(lambda progress: None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for sample in samples:
            began = time.perf_counter()
            name = sample.name.rpartition("/")[2]
            try:
                if sample.nested:
                    pages, notices = _in_library(
                        name, sample.data, lambda: Library.in_memory(work=False, models=local_models)
                    )
                else:
                    media_type = kind_of(name, sample.data)
                    path.write_bytes(sample.data)
                    parsed = load(path, media_type, name)
                    pages, notices = list(parsed.pages), list(parsed.notices)
            except FileRefused as error:
                yield Reading("", time.perf_counter() - began, sentences=(), failed=_worded(error.code, error.values))
                continue
            seconds = time.perf_counter() - began
            said = tuple(_worded(notice.code, notice.values) for notice in notices)
            text = "\n".join(page.text for page in pages)
            yield Reading(text, seconds, said, tuple(_sentences(pages)))


def _in_library(name: str, data: bytes, opened: Callable[[], Library]) -> tuple[list[Page], list[Notice]]:
    """The pages and notices of all documents that come of one file, found by words or not."""
    with opened() as library:
        library.documents.add(name, data)
        library.work_until_done(lambda progress: None)
        documents = library.documents.all()
        notices = [notice for document in documents for notice in document.notices]
        return [page for document in documents for page in library.store.documents.pages(document.id)], notices


def _sentences(pages: Iterable[Page]) -> Iterator[str]:
    for page in pages:
        for span in sentences(page.text, detect_language(page.text)):
            yield page.text[span.start : span.end]


def _worded(code: str, values: dict[str, object]) -> str:
    return say(code, "en", **values)
