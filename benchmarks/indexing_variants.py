"""Other ways to run the embedding model than the one Kilde has, for `benchmarks.indexing --variants`.

ONNX Runtime and OpenVINO are used directly: sentence-transformers runs them by way of optimum, which cannot be imported
beside transformers 5.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.models import ModelSource

Floats = npt.NDArray[np.float32]
Run = Callable[[Sequence[str]], Floats]
REFUSALS = (AssertionError, AttributeError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What toolkits raise where they cannot do it on this machine."""
BATCH = 8
"""Texts a batch: of some 150 tokens about as many as Kilde has in one."""


def variants(source: ModelSource, sample: Sequence[str]) -> dict[str, Run]:
    """By name, those whose packages are here and that run on this machine; each gets whole texts, prefix included."""
    makers: dict[str, tuple[tuple[str, ...], Callable[[Path], Run]]] = {
        "torch bf16": ((), lambda folder: _torch(folder, "bfloat16")),
        "torch bf16, eager attention": ((), lambda folder: _torch(folder, "bfloat16", "eager")),
        "torch bf16 compiled": ((), _compiled),
        "torch int8 dynamic": ((), _dynamic),
        "torchao int8": (("torchao",), _torchao),
        "onnxruntime fp32": (("onnxruntime", "onnx"), lambda folder: _onnx(folder, False)),
        "onnxruntime int8": (("onnxruntime", "onnx"), lambda folder: _onnx(folder, True)),
        "openvino fp32": (("openvino",), lambda folder: _openvino(folder, "f32")),
        "openvino bf16": (("openvino",), lambda folder: _openvino(folder, "bf16")),
    }
    made: dict[str, Run] = {}
    for name, (packages, make) in makers.items():
        if not all(_is_here(package) for package in packages):
            continue
        try:
            run = make(source.path)
            run(sample)
        except REFUSALS as error:
            print(f"{name}: {type(error).__name__}: {' '.join(str(error).split())[:160]}", file=sys.stderr)
        else:
            made[name] = run
    return made


def _is_here(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _loaded(folder: Path, precision: str, **options: Any) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer

    kwargs = {"dtype": getattr(torch, precision), **options}
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs=kwargs)


def _encode(model: Any) -> Run:
    return lambda texts: np.asarray(model.encode(list(texts), batch_size=BATCH, normalize_embeddings=True), np.float32)


def _torch(folder: Path, precision: str, attention: str = "sdpa") -> Run:
    return _encode(_loaded(folder, precision, attn_implementation=attention))


def _compiled(folder: Path) -> Run:
    import torch

    torch._inductor.config.freezing = True
    model = _loaded(folder, "bfloat16")
    model[0].model = torch.compile(model[0].model, dynamic=True)
    return _encode(model)


def _dynamic(folder: Path) -> Run:
    import torch

    model = _loaded(folder, "float32")
    quantize: Callable[..., Any] = torch.ao.quantization.quantize_dynamic
    model[0].model = quantize(model[0].model, {torch.nn.Linear}, dtype=torch.qint8)
    return _encode(model)


def _torchao(folder: Path) -> Run:
    torchao = importlib.import_module("torchao.quantization")
    model = _loaded(folder, "float32")
    torchao.quantize_(model[0].auto_model, torchao.Int8DynamicActivationInt8WeightConfig())
    return _encode(model)


class _WithMean:
    """The token states of the model, averaged: what an exported graph begins and ends with."""

    def __init__(self, folder: Path) -> None:
        import torch

        model = _loaded(folder, "float32")
        self.tokenizer = model.tokenizer
        bert = model[0].auto_model.eval()

        class Mean(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.bert = bert

            def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
                states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
                mask = attention_mask.unsqueeze(-1).to(states.dtype)
                mean: torch.Tensor = (states * mask).sum(1) / mask.sum(1)
                return mean

        self.module = Mean()
        self.example = {name: torch.ones(2, 16, dtype=torch.int64) for name in ("input_ids", "attention_mask")}

    def run(self, infer: Callable[[dict[str, Any]], Any]) -> Run:
        """Batches of similar length, as sentence-transformers makes them."""

        def embed(texts: Sequence[str]) -> Floats:
            order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
            made: dict[int, Floats] = {}
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                fed = self.tokenizer(
                    [texts[at] for at in batch], padding=True, truncation=True, max_length=512, return_tensors="np"
                )
                found = infer({name: fed[name].astype(np.int64) for name in self.example})
                made.update(zip(batch, np.asarray(found, np.float32), strict=True))
            vectors = np.stack([made[at] for at in range(len(texts))])
            unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            return unit

        return embed


def _openvino(folder: Path, precision: str) -> Run:
    openvino = importlib.import_module("openvino")
    exported = _WithMean(folder)
    graph = openvino.convert_model(exported.module, example_input=exported.example)
    compiled = openvino.Core().compile_model(
        graph, "CPU", {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    )
    request = compiled.create_infer_request()
    return exported.run(lambda fed: request.infer(list(fed.values()))[0].copy())


def _onnx(folder: Path, quantised: bool) -> Run:
    import torch

    onnxruntime = importlib.import_module("onnxruntime")
    exported = _WithMean(folder)
    sizes = {0: "texts", 1: "tokens"}
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "model.onnx"
        torch.onnx.export(
            exported.module,
            tuple(exported.example.values()),
            str(path),
            input_names=list(exported.example),
            dynamic_axes=dict.fromkeys(exported.example, sizes),
            dynamo=False,
        )
        if quantised:
            tools = importlib.import_module("onnxruntime.quantization")
            tools.quantize_dynamic(path, whole := path.with_name("int8.onnx"), weight_type=tools.QuantType.QInt8)
            path = whole
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return exported.run(lambda fed: session.run(None, fed)[0])
