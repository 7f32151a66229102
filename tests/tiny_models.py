"""Tiny real models with random weights: they load and run as large ones do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


SIGNS = ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]


def make(folder: Path, context: int = 1024, template: str | None = None) -> Path:
    """A model of a token a byte, in `folder`."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    pieces = {piece: n for n, piece in enumerate(["<unk>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    core = Tokenizer(models.BPE(vocab=pieces, merges=[], unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, unk_token="<unk>", eos_token="</s>")
    tokenizer.add_special_tokens({"additional_special_tokens": SIGNS})
    tokenizer.chat_template = template
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=context,
        bos_token_id=None,
        eos_token_id=None,  # random weights would end at a random place
        pad_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.eos_token = None
    tokenizer.save_pretrained(folder)
    return folder


def make_judge(folder: Path, names: Sequence[str]) -> Path:
    """A real, tiny BERT with random weights and a token a letter; one output without a name for a reranker."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = letters()
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=128,
        initializer_range=0.5,  # so that two sentences get two opinions
        num_labels=max(1, len(names)),
        **({"id2label": dict(enumerate(names)), "label2id": {n: i for i, n in enumerate(names)}} if names else {}),
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_logit_reranker(folder: Path) -> Path:
    """A tiny language model as a reranker: sentence-transformers compares what it says of two letters."""
    from sentence_transformers import CrossEncoder
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.cross_encoder.modules import LogitScore

    template = "{% for message in messages %}{{ message['content'] }}|{% endfor %}"
    language_model = make(folder.with_name(f"{folder.name}-language-model"), template=template)
    transformer = Transformer(str(language_model), transformer_task="text-generation")
    transformer.tokenizer.pad_token = "<unk>"
    score = LogitScore(
        transformer.tokenizer.convert_tokens_to_ids("y"), transformer.tokenizer.convert_tokens_to_ids("n")
    )
    CrossEncoder(modules=[transformer, score], device="cpu").save_pretrained(str(folder))
    return folder


def make_reader(folder: Path) -> Path:
    """A tiny BERT for question answering that takes the first digit for the answer: its embeddings tell digits apart.

    It has no layers between the embeddings and the last one, whose weights are set by hand.
    """
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    tokenizer = letters()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=0,
        num_attention_heads=1,
        intermediate_size=16,
        max_position_embeddings=128,
    )
    torch.manual_seed(5)
    model = BertForQuestionAnswering(config)
    with torch.no_grad():
        words = model.bert.embeddings.word_embeddings.weight
        words.zero_()
        for piece, at in tokenizer.get_vocab().items():
            words[at, 0 if piece.isdigit() else 1] = 1.0
        positions = model.bert.embeddings.position_embeddings.weight
        positions.zero_()
        positions[:, 2] = torch.linspace(0.5, 0.0, len(positions))  # so that of several digits the first one wins
        model.bert.embeddings.token_type_embeddings.weight.zero_()
        model.qa_outputs.weight.zero_()
        model.qa_outputs.weight[:, 0] = 3.0
        model.qa_outputs.weight[:, 2] = 0.1
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def letters() -> PreTrainedTokenizerFast:
    """A token a letter, with the signs of BERT; what is no small letter or digit is unknown."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyzæøåBS0123456789."]
    core = Tokenizer(models.WordLevel({piece: n for n, piece in enumerate(pieces)}, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    core.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    tokenizer.model_max_length = 128
    return tokenizer
