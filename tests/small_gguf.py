"""A tiny GGUF file, as llama.cpp's own package writes it: whole, but with no model in it that could write."""

from __future__ import annotations

from pathlib import Path


def write(
    path: Path, name: str = "Tiny", *, template: bool = True, architecture: str = "llama", values: int = 64
) -> Path:
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name(name)
    writer.add_context_length(2048)
    writer.add_license("mit")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    if template:
        writer.add_chat_template("{{ messages }}")
    writer.add_tensor("token_embd.weight", np.zeros((values, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
