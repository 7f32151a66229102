"""Other ways to run the embedding model than the one Kilde has, for `benchmarks.indexing --variants`."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

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
        "onnxruntime fp32": (("onnxruntime", "optimum.onnxruntime"), lambda f: _backend(f, "onnx", {})),
        "onnxruntime int8": (("onnxruntime", "optimum.onnxruntime"), _onnx_int8),
        "openvino fp32": (("openvino", "optimum.intel"), lambda f: _openvino(f, "f32")),
        "openvino bf16": (("openvino", "optimum.intel"), lambda f: _openvino(f, "bf16")),
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
    model[0].auto_model = torch.compile(model[0].auto_model, dynamic=True)
    return _encode(model)


def _dynamic(folder: Path) -> Run:
    import torch

    model = _loaded(folder, "float32")
    quantize: Callable[..., Any] = torch.ao.quantization.quantize_dynamic
    quantised = quantize(model[0].auto_model, {torch.nn.Linear}, dtype=torch.qint8)
    model[0].auto_model = quantised
    return _encode(model)


def _torchao(folder: Path) -> Run:
    torchao = importlib.import_module("torchao.quantization")
    model = _loaded(folder, "float32")
    torchao.quantize_(model[0].auto_model, torchao.Int8DynamicActivationInt8WeightConfig())
    return _encode(model)


def _backend(folder: Path, backend: Literal["onnx", "openvino"], options: dict[str, Any]) -> Run:
    from sentence_transformers import SentenceTransformer

    model: Any = SentenceTransformer(
        _copied(folder), device="cpu", local_files_only=True, backend=backend, model_kwargs=options
    )
    return _encode(model)


def _copied(folder: Path) -> str:
    """The exported model is written beside the weights, which are not to be changed."""
    copy = Path(tempfile.gettempdir()) / "kilde-variants" / folder.name
    if not copy.exists():
        shutil.copytree(folder, copy)
    return str(copy)


def _openvino(folder: Path, precision: str) -> Run:
    return _backend(folder, "openvino", {"ov_config": {"INFERENCE_PRECISION_HINT": precision}})


def _onnx_int8(folder: Path) -> Run:
    from sentence_transformers import SentenceTransformer, export_dynamic_quantized_onnx_model

    copy = _copied(folder)
    model: Any = SentenceTransformer(copy, device="cpu", local_files_only=True, backend="onnx")
    export_dynamic_quantized_onnx_model(model, "avx512_vnni", copy)
    return _backend(folder, "onnx", {"file_name": "model_qint8_avx512_vnni.onnx"})
