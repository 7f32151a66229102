"""The command line: python -m rag index|search|ask|list|remove|verify|backup|restore|export|import."""

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.conversations.corrections import corrections_said
from rag.core.errors import AlreadyThere, InvalidSetting, KildeError
from rag.core.i18n import say
from rag.core.locations import headings_of, notice_values, position_of
from rag.core.settings import default_folder
from rag.core.types import NO_ASSISTANT, ROUTER, Conditions, Document, Hit, Sentence, State, Turn
from rag.documents.collection import Progress
from rag.library import Library
from rag.store.backup import restore

DONE, SOME_FAILED, WRONG_USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code. Results go to stdout, progress and errors to stderr."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s")
    reported: set[str] = set()
    try:
        if not options.opens_library:
            return int(options.run(options))
        with Library.open(options.data, work=False) as library:
            for notice in library.maintenance.trouble():
                reported.add(sentence := _notice_text(notice.code, notice.values))
                _print_error(sentence)
            return int(options.run(library, options))
    except KildeError as error:
        if str(error) not in reported:
            _print_error(str(error))
        return SOME_FAILED
    except KeyboardInterrupt:
        _print_error("Stopped. What was done so far is kept.")
        return SOME_FAILED
    except BrokenPipeError:  # the reader of the output, such as `head`, has ended
        sys.stderr.close()
        return SOME_FAILED


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    # accepted before the command too; the value after it wins
    common.add_argument("--data", type=Path, default=argparse.SUPPRESS, help="the folder of the library")
    common.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    parser = argparse.ArgumentParser(prog="python -m rag", description=__doc__)
    parser.add_argument("--data", type=Path, default=default_folder(), help="the folder of the library")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[..., int], text: str, opens_library: bool = True) -> argparse.ArgumentParser:
        subparser = commands.add_parser(name, parents=[common], help=text, description=text)
        subparser.set_defaults(run=run, opens_library=opens_library)
        return subparser

    index = command("index", _index, "add files and folders, and return when all is ready")
    index.add_argument("path", nargs="+", type=Path)
    for name, run, text in (
        ("search", _search, "the passages that a question finds"),
        ("ask", _ask, "an answer with its sources"),
    ):
        question_options = command(name, run, text)
        question_options.add_argument("question", nargs="?")
        question_options.add_argument(
            "--questions", type=Path, metavar="FILE.jsonl", help='objects with "q", one a line'
        )
        question_options.add_argument("-k", type=int, help="how many passages")
        if name == "ask":
            question_options.add_argument("--assistant", metavar="NAME", help='who answers; "?" lets Kilde choose')
            question_options.add_argument("--model", default="", metavar="NAME", help="what it is written with")
    command("list", _list, "the documents and their states")
    remove = command("remove", _remove, "take documents out, by name")
    remove.add_argument("name", nargs="+")
    verify = command("verify", _verify, "check everything against everything")
    verify.add_argument("--repair", action="store_true", help="make anew what is derived, and say what is left")
    backup = command("backup", _backup, "write everything but models into one file, also while Kilde is running")
    backup.add_argument("file", type=Path, metavar="FILE.zip")
    restore_options = command("restore", _restore, "make the library what a backup holds", opens_library=False)
    restore_options.add_argument("file", type=Path, metavar="FILE.zip")
    restore_options.add_argument("--replace", action="store_true", help="put what is there aside")
    export = command("export", _export, "write vectors and chunks as plain files")
    export.add_argument("folder", type=Path)
    export.add_argument("--format", choices=("parquet", "jsonl"), default="parquet")
    command("import", _import, "load what export wrote").add_argument("folder", type=Path)
    return parser


def _index(library: Library, options: argparse.Namespace) -> int:
    failed = 0
    names: set[str] = set()
    for path in options.path:
        if not path.exists():
            _print_error(f"{path}: there is no such file or folder.")
            failed += 1
            continue
        for name, result in library.add_path(path):
            if isinstance(result, Document):
                names.add(result.name)
            elif isinstance(result, AlreadyThere):
                names.add(str(result.values["name"]))
            else:
                _print_error(f"{name}: {result}")
                failed += 1
    stopped = [d.id for d in library.documents.all() if d.name in names and d.state in (State.STOPPED, State.FAILED)]
    library.documents.reindex(stopped)
    start_time = time.monotonic()
    library.work_until_done(_progress_printer())
    documents = library.documents.with_inside([d for d in library.documents.all() if d.name in names])
    for document in documents:
        if document.state is State.FAILED:
            failed += 1
        for notice in document.notices:
            _print_error(f"{document.name}: {_notice_text(notice.code, notice_values(notice, document.name))}")
    chunks = sum(d.chunks for d in documents)
    failed_documents = sum(d.state is State.FAILED for d in documents)
    seconds = time.monotonic() - start_time
    ready = f"{len(documents) - failed_documents} documents, {chunks} chunks ready after {seconds:.1f} s"
    _print_error(f"{ready}; {failed_documents} could not be read." if failed_documents else f"{ready}.")
    return SOME_FAILED if failed else DONE


def _search(library: Library, options: argparse.Namespace) -> int:
    def answer(question: str) -> dict[str, Any]:
        result = library.search(question)
        k = library.settings.current().k if options.k is None else options.k
        if result.notice is not None:
            _print_error(_notice_text(result.notice.code, result.notice.values))
        hits = result.hits[:k]
        return {"q": question, "hits": [_hit_data(h) for h in hits], "timings_ms": result.timings_ms}

    return _run_questions(library, options, answer, _print_hits)


def _ask(library: Library, options: argparse.Namespace) -> int:
    ids = {assistant.name: assistant.id for assistant in library.assistants.all()} | {"?": ROUTER, None: NO_ASSISTANT}
    if options.assistant not in ids:
        names = ", ".join(name for name in ids if name)
        _print_error(f"There is no assistant called {options.assistant}. There are: {names}")
        return WRONG_USAGE
    conditions = Conditions(assistant=ids[options.assistant], answer_model=options.model)

    def answer(question: str) -> dict[str, Any]:
        library.chosen_models.wait()  # nobody comes back to a command for the next question
        turn = library.ask(question, k=options.k, conditions=conditions)
        if turn.notice is not None:
            _print_error(_notice_text(turn.notice.code, turn.notice.values))
        if corrected := corrections_said(turn, "en"):
            _print_error(corrected)
        return _answer_data(turn)

    return _run_questions(library, options, answer, _print_answer)


def _run_questions(
    library: Library,
    options: argparse.Namespace,
    answer: Callable[[str], dict[str, Any]],
    show: Callable[[dict[str, Any]], None],
) -> int:
    if (options.question is None) == (options.questions is None) or options.question == "":
        _print_error("Give one question, or a file with --questions.")
        return WRONG_USAGE
    try:
        library.settings.current().changed(k=library.settings.current().k if options.k is None else options.k)
    except InvalidSetting as error:
        _print_error(str(error))
        return WRONG_USAGE
    failed = 0
    for question, fault in _questions(options):
        if fault:
            _print_error(fault)
            failed += 1
            continue
        try:
            result = answer(question)
        except KildeError as error:
            _print_error(f"{question}: {error}")
            failed += 1
            continue
        if options.json or options.questions:
            print(json.dumps(result, ensure_ascii=False), flush=True)
        else:
            show(result)
    return SOME_FAILED if failed else DONE


def _questions(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Yields (question, "") or ("", the error)."""
    if options.question is not None:
        # bytes that are not UTF-8 arrive as lone surrogates, which tokenizers and the database reject
        question = _valid_unicode(options.question)
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
        yield _valid_unicode(question), ""


def _valid_unicode(text: str) -> str:
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
        _print_error(f"{name}: there is no such document.")
    # while a document waits to replace another of the same name, both are removed
    library.documents.remove([d.id for d in documents if d.name in options.name])
    return SOME_FAILED if missing else DONE


def _verify(library: Library, options: argparse.Namespace) -> int:
    report = library.maintenance.verify(repair=options.repair)
    if report.repaired:
        library.work_until_done(_progress_printer())  # repairing may queue documents again
    repaired = [_notice_text(notice.code, notice.values) for notice in report.repaired]
    problems = [_notice_text(notice.code, notice.values) for notice in report.problems]
    if options.json:
        print(
            json.dumps({"counts": dict(report.counts), "repaired": repaired, "problems": problems}, ensure_ascii=False)
        )
    else:
        if report.counts:  # empty for an unreadable database
            print(", ".join(f"{count} {name}s" for name, count in report.counts.items()))
        for sentence in (*repaired, *problems):
            print(sentence)
        print("Everything agrees." if not problems else f"Problems: {len(problems)}.")
    return SOME_FAILED if problems else DONE


def _backup(library: Library, options: argparse.Namespace) -> int:
    saved = library.maintenance.backup(options.file)
    for name in saved.missing:
        _print_error(_notice_text("original_not_exported", {"name": name}))
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
        _print_error(_notice_text(notice.code, notice.values))
    counts = {"documents": exported.documents, "chunks": exported.chunks, "vectors": exported.vectors}
    print(json.dumps(counts) if options.json else ", ".join(f"{count} {name}" for name, count in counts.items()))
    return SOME_FAILED if exported.left_out else DONE


def _import(library: Library, options: argparse.Namespace) -> int:
    imported = library.maintenance.import_(options.folder)
    library.work_until_done(_progress_printer())
    counts = {
        "documents": imported.documents,
        "already_there": imported.already_there,
        "reindexed": imported.reindexed,
    }
    print(json.dumps(counts) if options.json else ", ".join(f"{count} {name}" for name, count in counts.items()))
    return DONE


def _hit_data(hit: Hit) -> dict[str, Any]:
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


def _answer_data(turn: Turn) -> dict[str, Any]:
    answer = turn.answer
    answered = answer is not None and answer.answered
    return {
        "q": turn.question,
        "answered": answered,
        "assistant": turn.trace.plan.assistant.name if turn.trace.plan.assistant else "",
        "answer": answer.text if answer else "",
        "sentences": [_sentence_data(s, turn.hits) for s in answer.sentences] if answer and answered else [],
        "corrections": [{"asked": asked, "found": found} for asked, found in turn.trace.query.corrections],
        "hits": [_hit_data(h) for h in turn.hits],
        "timings_ms": turn.timings_ms,
    }


def _sentence_data(sentence: Sentence, hits: Sequence[Hit]) -> dict[str, Any]:
    hits_by_number = {hit.number: hit for hit in hits}
    return {
        "text": sentence.text,
        "verdict": sentence.verdict.value,
        "under": sentence.under,
        "rest": list(sentence.rest),
        "citations": [
            {
                "document": c.document,
                "page": c.page,
                "position": position_of(hits_by_number[c.number], "en", [c]),
                "heading": headings_of(hits_by_number[c.number]),
                "start": c.start,
                "end": c.end,
                "quote": c.quote,
            }
            for c in sentence.citations
        ],
    }


def _print_hits(result: dict[str, Any]) -> None:
    for hit in result["hits"]:
        print(f"{hit['rank']}  {_place_text(hit)}  ({hit['score']:.2f})")
        print("   " + " ".join(hit["text"].split()) + "\n")


def _print_answer(result: dict[str, Any]) -> None:
    if not result["answered"]:
        print(result["answer"])
    for sentence in result["sentences"]:
        places = "; ".join(dict.fromkeys(_place_text(c) for c in sentence["citations"]))
        print(sentence["text"] + (f"  [{places}]" if places else "  [no source]"))


def _place_text(place: Mapping[str, Any]) -> str:
    return ", ".join(filter(None, (place["document"], place["position"], place["heading"])))


def _progress_printer() -> Callable[[Progress], None]:
    """A callback that writes progress to stderr: in place on a terminal, every five seconds elsewhere."""
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


def _notice_text(code: str, values: dict[str, Any]) -> str:
    return say(code, "en", **values)


def _print_error(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
