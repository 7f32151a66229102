"""Tokenises prompts for a GGUF model so that no text of a document becomes a control token."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.core.errors import ModelError
from rag.generation.backends.llama_process import LlamaProcess
from rag.generation.prompts.completion import plain_text, without_system
from rag.generation.prompts.neutralise import neutralise_control_tokens
from rag.generation.protocol import Message, Prompt

_PLACE = re.compile("\ue000(\\d+)\ue001")
"""Placeholder for a message's content in a rendered chat template; from the private-use area."""
_SIGN = re.compile(r"<[^<>\s]{1,60}>|\[/?[A-Z_]{2,30}\]")
_GAP = -1  # separates texts that are tokenised in one request; no token has this number


class Encoded(NamedTuple):
    """text: of the tokens `ids`, except a beginning-of-sequence token, which only `ids` has."""

    text: str
    ids: list[int]


@dataclass(frozen=True, slots=True)
class _Frame:
    """A rendered chat template: the parts before, between and after the contents of the messages."""

    parts: tuple[str, ...]
    joined: bool  # the instructions are part of the first message, as the template has no system role


class Tokens:
    """Tokenises prompts for one model. Raises ModelError if the process does not answer."""

    def __init__(self, process: LlamaProcess, name: str, chat_template: str) -> None:
        self._process = process
        self._name = name
        self._template = chat_template
        self._frames: dict[tuple[str, ...], _Frame] = {}
        self._signs: list[str] | None = None

    def neutralised(self, prompt: Prompt) -> Prompt:
        """The prompt without those signs of the chat template that become control tokens even in plain text."""
        if self._signs is None:
            candidates = sorted(set(_SIGN.findall(self._template)))
            self._signs = [sign for sign, ids in zip(candidates, self.of(candidates), strict=True) if len(ids) == 1]
        return neutralise_control_tokens(prompt, self._signs)

    def encode(self, prompt: Prompt) -> Encoded:
        """Encode a prompt with the model's chat template, or as plain text without one."""
        if not self._template:
            text = plain_text(prompt)
            return Encoded(text, self.of([text], begin=True)[0])
        frame = self._frame(prompt.messages)
        messages = without_system(prompt.messages) if frame.joined else prompt.messages
        contents = [message.content for message in messages]
        text = frame.parts[0] + "".join(c + part for c, part in zip(contents, frame.parts[1:], strict=True))
        data = self.of(contents)
        if data == self.of(contents, signs=True):
            return Encoded(text, self.of([text], signs=True, begin=True)[0])
        # a content has a control sign: tokenise the parts separately, contents as plain text only
        ids, *parts = self.of(frame.parts, signs=True, begin=True)
        for content, part in zip(data, parts, strict=True):
            ids = [*ids, *content, *part]
        return Encoded(text, ids)

    def of(self, texts: Sequence[str], *, signs: bool = False, begin: bool = False) -> list[list[int]]:
        """The tokens of each text. signs: whether "<|im_end|>" becomes a control token. begin: whether the first text
        starts a prompt."""
        content: list[str | int] = []
        for text in texts:
            content += [text, _GAP]
        answer = self._process.post("/tokenize", {"content": content, "add_special": begin, "parse_special": signs})
        rows: list[list[int]] = [[]]
        for token in answer["tokens"]:
            if token == _GAP:
                rows.append([])
            else:
                rows[-1].append(token)
        return rows[:-1]

    def _frame(self, messages: Sequence[Message]) -> _Frame:
        roles = tuple(message.role for message in messages)
        if roles not in self._frames:
            self._frames[roles] = self._filled(roles, joined=False) or self._needed(roles)
        return self._frames[roles]

    def _needed(self, roles: Sequence[str]) -> _Frame:
        frame = self._filled(roles[1:], joined=True)
        if frame is None:
            raise ModelError(model=self._name, detail="its chat template cannot be filled in")
        return frame

    def _filled(self, roles: Sequence[str], joined: bool) -> _Frame | None:
        """The rendered template; None if it rejects these roles, or does not have each content once and in order."""
        messages = [{"role": role, "content": f"\ue000{n}\ue001"} for n, role in enumerate(roles)]
        options = {"enable_thinking": False}  # otherwise some models write long reasoning first
        try:
            answer = self._process.post("/apply-template", {"messages": messages, "chat_template_kwargs": options})
        except ModelError:
            if not self._process.alive:
                raise
            return None
        pieces = _PLACE.split(str(answer["prompt"]))
        if pieces[1::2] != [str(n) for n in range(len(roles))]:
            return None
        return _Frame(tuple(pieces[::2]), joined)
