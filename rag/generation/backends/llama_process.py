"""Runs llama.cpp in a child process, which is reached over loopback with a secret key.

In the main process it would hold the GIL while loading (2.9 s for a cached file of 1.1 GB, during which no page
reacts), and one wrong number in a file makes it abort. A child can crash alone, and frees all its memory.
"""

import contextlib
import http.client
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rag.core.errors import ModelError, ModelUnavailable

logger = logging.getLogger(__name__)

BATCH = 128
"""Tokens of a prompt in one batch. A stop waits for a batch: 0.4 s with 270M parameters, 2 s with 1.5B, on two cores.
A batch four times as large would read prompts 4 % faster and stop four times later."""
KEPT_PROMPTS_MB = 256
"""Cache for other prompts, so that two assistants with the same model do not evict each other."""
MATCHED, DRAFTED = 8, 12
"""Speculative decoding for answers that copy from passages: if the last MATCHED tokens also occur in the prompt, the
DRAFTED ones that follow there are proposed and verified in one batch. Qwen 1.5B wrote 1.8 times as fast when quoting;
otherwise a rejected draft costs 3 % of an answer of 100 tokens. The text was the same. With llama.cpp's defaults of
12 and 48 a rejected draft took four times as long."""
DYING_SECONDS = 2.0
"""How long a process may take to end after its connections have closed."""
SPINS = "1000"
"""Spins of a waiting thread before it sleeps. With libgomp's default of 300,000, spinning threads occupy the cores that
the awaited ones need: on two busy cores this limit raised 1 to 3 tokens a second to 7 to 9. On idle ones it makes no
difference."""
READ_SECONDS = 600.0
"""The longest time that one batch, or one token, may take."""
_ROOT = Path(__file__).resolve().parents[3]
_COMMAND = ("-P", "-c", "from rag.generation.backends.llama_process import child; child()")
_KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT", "CUDA_VISIBLE_DEVICES")


@dataclass(frozen=True, slots=True)
class Start:
    """The settings of a process. context: tokens; threads: of the processor."""

    path: str
    context: int
    threads: int


class LlamaProcess:
    """One model in one process. Several threads may call; llama.cpp takes one request after the other."""

    def __init__(self, name: str, start: Start) -> None:
        """Returns when the model is loaded. Raises ModelUnavailable where llama.cpp cannot load it."""
        self._name = name
        self._key = secrets.token_urlsafe(32)
        self._child = subprocess.Popen(
            [sys.executable, *_COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it might print text of documents there
            env=_environment(),
            cwd=_ROOT,
        )
        # the child ends with its standard input, so that it never outlives this process
        self._end = weakref.finalize(self, _end, self._child)
        try:
            self._port = self._started(start)
        except BaseException:
            self.close()
            raise

    def _started(self, start: Start) -> int:
        assert self._child.stdin is not None and self._child.stdout is not None
        # not as an argument, which other users of the machine could read
        message = json.dumps({**asdict(start), "key": self._key}) + "\n"
        with contextlib.suppress(BrokenPipeError):  # the child may have ended already, which is handled below
            self._child.stdin.write(message.encode())
            self._child.stdin.flush()
        line = self._child.stdout.readline()
        if line:
            answer = json.loads(line)
            if "address" in answer:
                return int(urlsplit(answer["address"]).port or 0)
            raise ModelUnavailable(model=self._name, detail="llama.cpp cannot load this file")
        code = self._child.wait()
        detail = "there is not enough memory for it" if code == -9 else "llama.cpp cannot load this file"
        logger.warning("llama.cpp ended with %s while loading %s", code, self._name)
        raise ModelUnavailable(model=self._name, detail=detail)

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request. Raises ModelError."""
        with self._request(path, body) as response:
            answer: dict[str, Any] = json.loads(response.read())
            return answer

    def stream(self, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yields the events of one request as they arrive; closing the iterator cancels it. Raises ModelError."""
        with self._request(path, {**body, "stream": True}) as response:
            for line in response:
                if line.startswith(b"data: ") and not line.startswith(b"data: [DONE]"):
                    event: dict[str, Any] = json.loads(line[6:])
                    if "error" in event:
                        raise ModelError(model=self._name, detail=_message(event))
                    yield event
                elif line.startswith(b"error: "):
                    raise ModelError(model=self._name, detail=line[7:].decode("utf-8", "replace").strip()[:300])
            self._silent()

    @contextlib.contextmanager
    def _request(self, path: str, body: Mapping[str, Any]) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=READ_SECONDS)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            if response.status != 200:
                raise ModelError(model=self._name, detail=_message(json.loads(response.read())))
            yield response
        except (OSError, http.client.HTTPException) as error:
            if not isinstance(error, TimeoutError):
                self._silent()
            detail = "it took too long" if isinstance(error, TimeoutError) else "llama.cpp ended"
            raise ModelError(model=self._name, detail=detail) from error
        except ValueError as error:
            raise ModelError(model=self._name, detail="llama.cpp said something else than expected") from error
        finally:
            connection.close()

    def _silent(self) -> None:
        """Mark the process as dying after a broken stream, so that `alive` is False and a new one is started."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(DYING_SECONDS)

    def close(self) -> None:
        """End the process; requests under way fail with ModelError."""
        self._end()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()  # its output is not needed any more
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _message(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    return str(error.get("message") if isinstance(error, dict) else error)[:300]


def _environment() -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if k in _KEPT or k.startswith(("PYTHON", "LC_", "GGML_"))}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    environment["PYTHONWARNINGS"] = "ignore"
    environment["GGML_NO_BACKTRACE"] = "1"  # otherwise it starts a debugger before it aborts
    environment.setdefault("GOMP_SPINCOUNT", SPINS)
    return environment


def child() -> None:
    """Runs in the child: reads settings from standard input, prints the address, and serves until the input ends."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # llama.cpp must not print anything before the address
    settings = json.loads(sys.stdin.buffer.readline())
    _leave_no_core()
    try:
        import xllamacpp

        server = xllamacpp.Server(_parameters(settings))
    except (RuntimeError, ImportError, ValueError, MemoryError) as error:
        output.write(json.dumps({"error": str(error)[:300]}).encode() + b"\n")
        output.flush()
        os._exit(1)
    threading.Thread(target=_until_input_ends, daemon=True).start()
    output.write(json.dumps({"address": server.listening_address}).encode() + b"\n")
    output.flush()
    threading.Event().wait()


def _leave_no_core() -> None:
    """Disable core dumps, which would write documents and questions from memory into the working folder."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _until_input_ends() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _parameters(settings: Mapping[str, Any]) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings["path"]
    parameters.n_ctx = settings["context"]
    parameters.n_parallel = 1
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = settings["threads"]
    # a model with a sliding window, such as Gemma, would otherwise drop the common beginning of prompts
    parameters.swa_full = True
    parameters.speculative.types = [xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE]
    parameters.speculative.ngram_simple.size_n = MATCHED
    parameters.speculative.ngram_simple.size_m = DRAFTED
    parameters.cache_ram_mib = KEPT_PROMPTS_MB
    parameters.warmup = False
    parameters.verbosity = 0
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [settings["key"]]
    parameters.ui = False
    parameters.endpoint_slots = False
    return parameters
