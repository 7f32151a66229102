"""The command line: python -m rag index|search|ask|list|remove|verify|backup|restore|export|import."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.core.errors import AlreadyThere, InvalidSetting, KildeError
from rag.core.locations import headings_of, position_of
from rag.core.settings import default_folder
from rag.core.types import NO_ASSISTANT, ROUTER, Conditions, Document, Hit, Sentence, State, Turn
from rag.documents.collection import Progress
from rag.library import Library
from rag.store.backup import restore

DONE, SOME_FAILED, WRONG_USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Results go to stdout, progress and faults to stderr."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s")
    run: Callable[[Library, argparse.Namespace], int] = options.run
    said: set[str] = set()
    try:
        if options.alone:
            return _restore(options)
        with Library.open(options.data, work=False) as library:
            for notice in library.maintenance.trouble():
                said.add(sentence := _sentence(notice.code, notice.values))
                _say(sentence)
            return run(library, options)
    except KildeError as error:
        if str(error) not in said:
            _say(str(error))
        return SOME_FAILED
    except KeyboardInterrupt:
        _say("Stopped. What was done so far is kept.")
        return SOME_FAILED
    except BrokenPipeError:  # the reader of our output, such as `head`, has had enough
        sys.stderr.close()
        return SOME_FAILED


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    # also before the command; what stands after it wins
    common.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="the folder of the library")
    common.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    parser = argparse.ArgumentParser(prog="python -m rag", description=__doc__)
    parser.add_argument("--data", type=Path, default=default_folder(), help="the folder of the library")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[[Library, argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=[common], help=text, description=text)
        added.set_defaults(run=run, alone=False)
        return added

    index = command("index", _index, "add files and folders, and return when all is ready")
    index.add_argument("path", nargs="+", type=Path)
    for name, run, text in (
        ("search", _search, "the passages that a question finds"),
        ("ask", _ask, "an answer with its sources"),
    ):
        asking = command(name, run, text)
        asking.add_argument("question", nargs="?")
        asking.add_argument("--questions", type=Path, metavar="FILE.jsonl", help='objects with "q", one a line')
        asking.add_argument("-k", type=int, help="how many passages")
        if name == "ask":
            asking.add_argument("--assistant", metavar="NAME", help='who answers; "?" lets Kilde choose')
            asking.add_argument("--model", default="", metavar="NAME", help="what it is written with")
    command("list", _list, "the documents and their states")
    remove = command("remove", _remove, "take documents out, by name")
    remove.add_argument("name", nargs="+")
    verify = command("verify", _verify, "check everything against everything")
    verify.add_argument("--repair", action="store_true", help="make anew what is derived, and say what is left")
    backup = command("backup", _backup, "write everything but models into one file, also while Kilde is running")
    backup.add_argument("file", type=Path, metavar="FILE.zip")
    restore = command("restore", _list, "make the library what a backup holds")
    restore.add_argument("file", type=Path, metavar="FILE.zip")
    restore.add_argument("--replace", action="store_true", help="put what is there aside")
    restore.set_defaults(alone=True)
    export = command("export", _export, "write vectors and chunks as plain files")
    export.add_argument("folder", type=Path)
    export.add_argument("--format", choices=("parquet", "jsonl"), default="parquet")
    command("import", _import, "load what export wrote").add_argument("folder", type=Path)
    return parser


def _index(library: Library, options: argparse.Namespace) -> int:
    failed = 0
    mine: set[str] = set()
    for path in options.path:
        if not path.exists():
            _say(f"{path}: there is no such file or folder.")
            failed += 1
            continue
        for name, added in library.add_path(path):
            if isinstance(added, Document):
                mine.add(added.name)
            elif isinstance(added, AlreadyThere):
                mine.add(str(added.values["name"]))
            else:
                _say(f"{name}: {added}")
                failed += 1
    stopped = [d.id for d in library.documents.all() if d.name in mine and d.state in (State.STOPPED, State.FAILED)]
    library.documents.reindex(stopped)
    began = time.monotonic()
    library.work_until_done(_reporter())
    documents = [d for d in library.documents.all() if d.name in mine]
    for document in documents:
        if document.state is State.FAILED:
            failed += 1
        for notice in document.notices:
            _say(f"{document.name}: {_sentence(notice.code, notice.values)}")
    chunks = sum(d.chunks for d in documents)
    bad = sum(d.state is State.FAILED for d in documents)
    ready = f"{len(documents) - bad} documents, {chunks} chunks ready after {time.monotonic() - began:.1f} s"
    _say(f"{ready}; {bad} could not be read." if bad else f"{ready}.")
    return SOME_FAILED if failed else DONE


def _search(library: Library, options: argparse.Namespace) -> int:
    def one(question: str) -> dict[str, Any]:
        found = library.search(question)
        k = library.settings.current().k if options.k is None else options.k
        if found.notice is not None:
            _say(_sentence(found.notice.code, found.notice.values))
        hits = found.hits[:k]
        return {"q": question, "hits": [_hit(h) for h in hits], "timings_ms": found.timings_ms}

    return _each_question(library, options, one, _print_hits)


def _ask(library: Library, options: argparse.Namespace) -> int:
    known = {assistant.name: assistant.id for assistant in library.assistants.all()} | {"?": ROUTER, None: NO_ASSISTANT}
    if options.assistant not in known:
        names = ", ".join(name for name in known if name)
        _say(f"There is no assistant called {options.assistant}. There are: {names}")
        return WRONG_USAGE
    conditions = Conditions(assistant=known[options.assistant], answer_model=options.model)

    def one(question: str) -> dict[str, Any]:
        turn = library.ask(question, k=options.k, conditions=conditions)
        if turn.notice is not None:
            _say(_sentence(turn.notice.code, turn.notice.values))
        return _answer(turn)

    return _each_question(library, options, one, _print_answer)


def _each_question(
    library: Library,
    options: argparse.Namespace,
    one: Callable[[str], dict[str, Any]],
    show: Callable[[dict[str, Any]], None],
) -> int:
    if (options.question is None) == (options.questions is None) or options.question == "":
        _say("Give one question, or a file with --questions.")
        return WRONG_USAGE
    try:
        library.settings.current().changed(k=library.settings.current().k if options.k is None else options.k)
    except InvalidSetting as error:
        _say(str(error))
        return WRONG_USAGE
    failed = 0
    for question, fault in _questions(options):
        if fault:
            _say(fault)
            failed += 1
            continue
        try:
            result = one(question)
        except KildeError as error:
            _say(f"{question}: {error}")
            failed += 1
            continue
        if options.json or options.questions:
            print(json.dumps(result, ensure_ascii=False), flush=True)
        else:
            show(result)
    return SOME_FAILED if failed else DONE


def _questions(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """(question, "") or ("", what is wrong with it)."""
    if options.question is not None:
        # bytes that are no UTF-8 arrive as lone surrogates, which no tokenizer and no database takes
        question = _clean(options.question)
        yield (question, "") if question.strip() else ("", "The question is empty.")
        return
    try:
        lines = options.questions.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        yield "", f"{options.questions}: cannot be read ({error})."
        return
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)["q"]
            if not isinstance(question, str) or not question.strip():
                raise ValueError("q is not a text")
        except (ValueError, KeyError, TypeError) as error:
            yield "", f"{options.questions}, line {number}: no question ({error})."
            continue
        yield _clean(question), ""


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _list(library: Library, options: argparse.Namespace) -> int:
    for document in sorted(library.documents.all(), key=lambda d: d.name):
        row = {
            "name": document.name,
            "state": document.state.value,
            "pages": document.pages,
            "chunks": document.chunks,
            "bytes": document.size,
            "sha256": document.sha256,
            "added": document.added,
        }
        if options.json:
            print(json.dumps(row, ensure_ascii=False))
        else:
            print(f"{document.state.value:9}  {document.pages:5}  {document.chunks:6}  {document.name}")
    return DONE


def _remove(library: Library, options: argparse.Namespace) -> int:
    documents = library.documents.all()
    missing = [name for name in options.name if all(d.name != name for d in documents)]
    for name in missing:
        _say(f"{name}: there is no such document.")
    # two of one name while one waits to replace the other: both go
    library.documents.remove([d.id for d in documents if d.name in options.name])
    return SOME_FAILED if missing else DONE


def _verify(library: Library, options: argparse.Namespace) -> int:
    report = library.maintenance.verify(repair=options.repair)
    if report.repaired:
        library.work_until_done(_reporter())  # documents that are read again
    repaired = [_sentence(notice.code, notice.values) for notice in report.repaired]
    problems = [_sentence(notice.code, notice.values) for notice in report.problems]
    if options.json:
        print(
            json.dumps({"counts": dict(report.counts), "repaired": repaired, "problems": problems}, ensure_ascii=False)
        )
    else:
        if report.counts:  # a database that cannot be read has none
            print(", ".join(f"{count} {name}s" for name, count in report.counts.items()))
        for sentence in (*repaired, *problems):
            print(sentence)
        print("Everything agrees." if not problems else f"Problems: {len(problems)}.")
    return SOME_FAILED if problems else DONE


def _backup(library: Library, options: argparse.Namespace) -> int:
    saved = library.maintenance.backup(options.file)
    for name in saved.missing:
        _say(_sentence("original_not_exported", {"name": name}))
    if options.json:
        print(json.dumps({"documents": saved.documents, "bytes": saved.bytes, "missing": saved.missing}))
    else:
        print(f"{saved.documents} documents, {saved.bytes / 1e6:.1f} MB, read back and compared: {options.file}")
    return SOME_FAILED if saved.missing else DONE


def _restore(options: argparse.Namespace) -> int:
    aside = restore(options.file, options.data, replace=options.replace)
    if options.json:
        print(json.dumps({"folder": str(options.data), "aside": str(aside) if aside else None}))
    else:
        print(f"Restored into {options.data}." + (f" What was there is in {aside}." if aside else ""))
    return DONE


def _export(library: Library, options: argparse.Namespace) -> int:
    exported = library.maintenance.export(options.folder, options.format)
    for notice in exported.left_out:
        _say(_sentence(notice.code, notice.values))
    counts = {"documents": exported.documents, "chunks": exported.chunks, "vectors": exported.vectors}
    print(json.dumps(counts) if options.json else ", ".join(f"{count} {name}" for name, count in counts.items()))
    return SOME_FAILED if exported.left_out else DONE


def _import(library: Library, options: argparse.Namespace) -> int:
    imported = library.maintenance.import_(options.folder)
    library.work_until_done(_reporter())
    counts = {
        "documents": imported.documents,
        "already_there": imported.already_there,
        "reindexed": imported.reindexed,
    }
    print(json.dumps(counts) if options.json else ", ".join(f"{count} {name}" for name, count in counts.items()))
    return DONE


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.number or hit.retrieved_rank,
        "document": hit.document,
        "page": hit.chunk.page,
        "position": position_of(hit, "en"),
        "heading": headings_of(hit),
        "start": hit.chunk.start,
        "end": hit.chunk.end,
        "text": hit.chunk.text,
        "score": hit.score,
        "dense_rank": hit.dense_rank,
        "lexical_rank": hit.lexical_rank,
    }


def _answer(turn: Turn) -> dict[str, Any]:
    answer = turn.answer
    answered = answer is not None and answer.answered
    return {
        "q": turn.question,
        "answered": answered,
        "assistant": turn.trace.plan.assistant.name if turn.trace.plan.assistant else "",
        "answer": answer.text if answer else "",
        "sentences": [_answer_sentence(s, turn.hits) for s in answer.sentences] if answer and answered else [],
        "hits": [_hit(h) for h in turn.hits],
        "timings_ms": turn.timings_ms,
    }


def _answer_sentence(sentence: Sentence, hits: Sequence[Hit]) -> dict[str, Any]:
    of = {hit.number: hit for hit in hits}
    return {
        "text": sentence.text,
        "citations": [
            {
                "document": c.document,
                "page": c.page,
                "position": position_of(of[c.number], "en", [c]),
                "heading": headings_of(of[c.number]),
                "start": c.start,
                "end": c.end,
                "quote": c.quote,
            }
            for c in sentence.citations
        ],
    }


def _print_hits(result: dict[str, Any]) -> None:
    for hit in result["hits"]:
        print(f"{hit['rank']}  {_named(hit)}  ({hit['score']:.2f})")
        print("   " + " ".join(hit["text"].split()) + "\n")


def _print_answer(result: dict[str, Any]) -> None:
    if not result["answered"]:
        print(result["answer"])
    for sentence in result["sentences"]:
        places = "; ".join(dict.fromkeys(_named(c) for c in sentence["citations"]))
        print(sentence["text"] + (f"  [{places}]" if places else "  [no source]"))


def _named(place: Mapping[str, Any]) -> str:
    return ", ".join(filter(None, (place["document"], place["position"], place["heading"])))


def _reporter() -> Callable[[Progress], None]:
    """Writes progress to stderr: in place on a terminal, now and then elsewhere."""
    terminal = sys.stderr.isatty()
    last = 0.0

    def report(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last < (0.2 if terminal else 5.0):
            return
        last = time.monotonic()
        space = progress.space
        text = f"{space.documents_ready} of {space.documents} documents, {space.chunks_done} of {space.chunks} chunks"
        if progress.seconds_left:
            text += f", {progress.seconds_left:.0f} s left"
        print(("\r\033[K" if terminal else "") + text, end="" if terminal else "\n", file=sys.stderr, flush=True)
        if terminal and not progress.working:
            print(file=sys.stderr)

    return report


def _sentence(code: str, values: dict[str, Any]) -> str:
    from rag.core.i18n import say

    return say(code, "en", **values)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
