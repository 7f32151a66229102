"""Nothing that is read can bring code along: no pickle, no remote code, no index from outside, no shell, no evaluation.

Each rule is held against the whole product and against a line that it must find.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*(ROOT / "rag").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}

UNPICKLING = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"}
EVALUATING = {"eval", "exec", "compile", "__import__", "execfile", "runpy.run_path", "runpy.run_module"}
UNPACKING = {"extractall", "unpack_archive", "mktemp"}
# starts a model or configuration from files that somebody else wrote
FROM_FILES = {"from_pretrained", "SentenceTransformer", "CrossEncoder", "pipeline"}
# what reaches for the network when it is called
REACHING = {"urlopen", "create_connection", "getaddrinfo", "gethostbyname", "urlretrieve"}
CLIENTS = {"requests", "httpx", "httpx2", "urllib3", "aiohttp"}

# bytes in memory, and never a path; in which functions, and what comes before, is held by a test below
CHECKED_INDEX = {
    "library.read_index(library.ZeroCopyIOReader(library.swig_ptr(data), data.size))",
    "library.read_index(library.PyCallbackIOReader(take))",
}

Rule = Callable[[ast.AST], bool]


def called(node: ast.AST) -> str:
    """The dotted name of what is called, "" for anything else."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def given(node: ast.AST, name: str) -> object:
    """The constant that a call gives for a keyword; None where it gives none, `...` where it is no constant."""
    for keyword in node.keywords if isinstance(node, ast.Call) else ():
        if keyword.arg == name:
            return keyword.value.value if isinstance(keyword.value, ast.Constant) else ...
    return None


def unpickles(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] in UNPICKLING for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] in UNPICKLING
    return called(node).rpartition(".")[2] in {"read_pickle", "to_pickle"} or "pickle" in called(node).split(".")


def loads_weights_that_run(node: ast.AST) -> bool:
    name = called(node)
    return name in {"torch.load", "load_state_dict_from_url"} or name.startswith("torch.hub.")


def allows_pickled_arrays(node: ast.AST) -> bool:
    return called(node) in {"np.load", "numpy.load"} and given(node, "allow_pickle") is not False


def evaluates(node: ast.AST) -> bool:
    return called(node) in EVALUATING or called(node).rpartition(".")[2] in {"literal_eval_unsafe"}


def starts_a_shell(node: ast.AST) -> bool:
    name = called(node)
    if name in {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}:
        return True
    return given(node, "shell") not in (None, False)


def loads_yaml(node: ast.AST) -> bool:
    return called(node) in {"yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all"}


def reads_an_index(node: ast.AST) -> bool:
    """Of FAISS, whose reader is not safe on files of others; `CHECKED_INDEX` reads bytes that were checked."""
    reads = called(node).rpartition(".")[2] in {
        "read_index",
        "deserialize_index",
        "read_VectorTransform",
        "IndexShards",
    }
    return reads and ast.unparse(node) not in CHECKED_INDEX


def trusts_remote_code(node: ast.AST) -> bool:
    if given(node, "trust_remote_code") not in (None, False):
        return True
    return called(node).rpartition(".")[2] in FROM_FILES and given(node, "trust_remote_code") is not False


def loads_other_weights(node: ast.AST) -> bool:
    """Weights that are not safetensors: where a model is loaded, `use_safetensors=True` has to stand."""
    name = called(node).rpartition(".")[2]
    owner = called(node).rpartition(".")[0]
    if name not in FROM_FILES or owner.endswith(("Tokenizer", "Config")):
        return False
    # as an argument, or among those that are handed on to the model
    return not re.search(r"use_safetensors(?:=|': )True", ast.unparse(node))


def unpacks(node: ast.AST) -> bool:
    return called(node).rpartition(".")[2] in UNPACKING


def draws_markup(node: ast.AST) -> bool:
    named = (given(node, "unsafe_allow_html"), given(node, "unsafe_allow_javascript"))
    return any(value not in (None, False) for value in named)


def client(node: ast.AST) -> bool:
    return called(node).split(".")[0] in CLIENTS or called(node).rpartition(".")[2] in REACHING


RULES: dict[Rule, tuple[str, ...]] = {
    unpickles: (
        "import pickle",
        "from joblib import load",
        "import dill as d",
        "pd.read_pickle(path)",
        "pandas.compat.pickle.load(f)",
    ),
    loads_weights_that_run: ("torch.load(path)", "torch.load(path, weights_only=True)", "torch.hub.load('a/b', 'c')"),
    allows_pickled_arrays: ("np.load(path)", "np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=given)"),
    evaluates: ("eval(text)", "exec(code)", "compile(text, '', 'exec')", "__import__(name)"),
    starts_a_shell: ("subprocess.run(line, shell=True)", "os.system(line)", "run(line, shell=given)"),
    loads_yaml: ("yaml.load(text)", "yaml.load(text, Loader=yaml.SafeLoader)", "yaml.unsafe_load(text)"),
    reads_an_index: ("faiss.read_index(path)", "faiss.deserialize_index(array)", "library.read_index(str(path))"),
    trusts_remote_code: (
        "AutoModel.from_pretrained(path)",
        "AutoModel.from_pretrained(path, trust_remote_code=True)",
        "SentenceTransformer(path, trust_remote_code=given)",
    ),
    loads_other_weights: (
        "AutoModel.from_pretrained(path, trust_remote_code=False)",
        "AutoModel.from_pretrained(path, use_safetensors=False)",
        "CrossEncoder(path, model_kwargs={'use_safetensors': given})",
    ),
    unpacks: ("archive.extractall(folder)", "shutil.unpack_archive(path)", "tempfile.mktemp()"),
    draws_markup: ("st.markdown(text, unsafe_allow_html=True)", "st.html(text, unsafe_allow_javascript=given)"),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_product_keeps_the_rule(rule: Rule) -> None:
    violations = [f"{name}:{node.lineno}" for name, tree in TREES.items() for node in ast.walk(tree) if rule(node)]  # type: ignore[attr-defined]
    assert violations == []


@pytest.mark.parametrize(("rule", "line"), [(rule, line) for rule, lines in RULES.items() for line in lines])
def test_the_rule_finds_what_it_should(rule: Rule, line: str) -> None:
    assert any(rule(node) for node in ast.walk(ast.parse(line)))


def callers(name: str) -> set[str]:
    """The functions of the product in which this function is called."""
    return {
        f"{path.rpartition('/')[2]}:{node.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(called(inner).rpartition(".")[2] == name for inner in ast.walk(node))
    }


def test_an_index_is_read_only_after_its_bytes_were_compared_with_their_sum() -> None:
    """That nothing else reaches FAISS is shown in tests/store/vectors/test_ivf.py, byte by byte."""
    assert callers("read_index") == {"flat.py:open_base", "snapshot.py:_ivf"}
    assert callers("open_base") == {"snapshot.py:read", "flat.py:merged"}  # the latter's bytes were never on a disk
    tree = TREES["rag/store/vectors/snapshot.py"]
    (read,) = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "read")
    text = ast.unparse(read)
    assert text.index("_record_of(data) != record") < text.index("_ivf(data)") < text.index("open_base(data)")


def test_there_is_a_product_to_look_at() -> None:
    assert len(TREES) > 150 and {"app.py", "rag/store/sqlite.py", "pages/chat.py"} <= set(TREES)
    names = {called(node).rpartition(".")[2] for tree in TREES.values() for node in ast.walk(tree)}
    # what the rules are about is really there, and written as they expect it
    assert FROM_FILES & names and "load" in names


def when_loaded(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    """All that runs as a module is imported: not what stands in its functions."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (inner for default in node.args.defaults for inner in ast.walk(default))
        elif isinstance(node, ast.ClassDef | ast.If | ast.Try | ast.With | ast.For | ast.While):
            for field in ("body", "orelse", "finalbody"):
                yield from when_loaded(getattr(node, field, []))
        else:
            yield from ast.walk(node)


@pytest.mark.parametrize("name", TREES)
def test_nothing_is_asked_for_as_a_module_is_loaded(name: str) -> None:
    assert [node.lineno for node in when_loaded(TREES[name].body) if client(node)] == []  # type: ignore[attr-defined]


def test_a_request_at_import_would_be_found() -> None:
    for line in (
        "DATA = requests.get('http://a')",
        "class A:\n    x = urlopen('http://a')",
        "if 1:\n    httpx.get('b')",
    ):
        assert any(client(node) for node in when_loaded(ast.parse(line).body)), line


AUDIT = """
import importlib, sys
reached = []
def hook(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"):
        reached.append((event, repr(given[-2:])))
sys.addaudithook(hook)
names = sys.argv[1:]
for name in names:
    importlib.import_module(name)
print(len(names), reached)
"""


def test_loading_every_module_reaches_for_nothing() -> None:
    """Our modules and the libraries that they bring along: none speaks to anybody as it is loaded."""
    names = [
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in TREES
        if name.startswith("rag/") and not name.endswith("__main__.py")
    ]
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AUDIT, *names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.strip().splitlines()[-1] == f"{len(names)} []"
