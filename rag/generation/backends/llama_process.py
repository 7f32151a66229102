"""llama.cpp in a process of its own, spoken to over loopback with a key that nobody else has.

In this process it would hold Python's lock while it loads (2.9 s for a file of 1.1 GB from memory: every page stands
still), and a file with one wrong number makes it abort. A process can die alone, and gives all its memory back.
"""

from __future__ import annotations

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
"""Tokens of a prompt that are read at once. A stop waits for one batch: 0.4 s with 270M parameters, 2 s with 1.5B, on
two cores; four times as many would be read 4 % faster and stopped four times as late."""
KEPT_PROMPTS_MB = 256
"""Cache for other prompts, so that two assistants with the same model do not evict each other."""
MATCHED, DRAFTED = 8, 12
"""Where the last MATCHED tokens stand in the prompt, too, the DRAFTED ones after them there are guessed, and checked in
one go: an answer that takes sentences from its passages. Qwen 1.5B wrote 1.8 times as fast where it quoted; where it
did not, a guess in vain costs 3 % of an answer of 100 tokens; the text was the same. With 12 and 48, llama.cpp's own
numbers, one such guess took four times as long."""
DYING_SECONDS = 2.0
"""How long a process may take to end after its connections have closed."""
SPINS = "1000"
"""How often a thread looks for the others before it sleeps. By itself libgomp looks 300,000 times, while what it waits
for cannot run where the processor has other work: on two busy cores 1 to 3 tokens a second became 7 to 9. On idle ones
it makes no difference."""
READ_SECONDS = 600.0
"""The longest time that one batch, or one token, may take."""
_ROOT = Path(__file__).resolve().parents[3]
_COMMAND = ("-P", "-c", "from rag.generation.backends.llama_process import child; child()")
_KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT", "CUDA_VISIBLE_DEVICES")


@dataclass(frozen=True, slots=True)
class Start:
    """What the process is started with. context: tokens; threads: of the processor."""

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
            stderr=subprocess.DEVNULL,  # it could print text of documents there
            env=_environment(),
            cwd=_ROOT,
        )
        # the child ends when its input does, too: whatever becomes of this process, it is not left behind
        self._end = weakref.finalize(self, _end, self._child)
        try:
            self._port = self._started(start)
        except BaseException:
            self.close()
            raise

    def _started(self, start: Start) -> int:
        assert self._child.stdin is not None and self._child.stdout is not None
        # not as an argument: those can be read by all who use the machine
        message = json.dumps({**asdict(start), "key": self._key}) + "\n"
        with contextlib.suppress(BrokenPipeError):  # the child may have ended already; that is found below
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
        """The events of one request, as they come; closing the iterator ends the work. Raises ModelError."""
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
        """A process that was cut off in mid-word is dying: `alive` says so from here on, and a new one is started."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(DYING_SECONDS)

    def close(self) -> None:
        """Ends the process; what it is at ends with a ModelError there."""
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
    environment["GGML_NO_BACKTRACE"] = "1"  # else it would start a debugger before it aborts
    environment.setdefault("GOMP_SPINCOUNT", SPINS)
    return environment


def child() -> None:
    """The process's side: settings from standard input, the address to standard output, then until the input ends."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what llama.cpp prints must not stand before the address
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
    """A crash must not write the process's memory, in which documents and questions are, into the working folder."""
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
    # a model that sees a window only, such as Gemma, would forget the beginning that two prompts share
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
