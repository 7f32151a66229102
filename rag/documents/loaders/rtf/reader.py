"""RTF -> blocks: paragraphs, headings, items with the marks that they show, rows of tables, notes, text boxes."""

from rag.core.errors import DamagedFile
from rag.documents.loaders.blocks import Block
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import is_english
from rag.documents.loaders.raised import subscript, superscript
from rag.documents.loaders.rtf.decoder import CODE_PAGES, Decoder, code_page
from rag.documents.loaders.rtf.destinations import Destinations
from rag.documents.loaders.rtf.state import CONTENTS, Style
from rag.documents.loaders.rtf.tables import RtfCell, RtfRow
from rag.documents.loaders.rtf.tokens import Token, tokens, without_markup

_MAX_DEPTH = 1000
"""Groups in groups; those of programs are some twenty deep."""
_SIGNS = {
    "tab": "\t", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ",
    "zwj": "\u200d", "zwnj": "\u200c",
    "softline": "\n",
}  # fmt: skip


class Reader(Destinations):
    """Reads one file. title: in its properties. is_tracked: whether it has tracked changes, known once it is read."""

    def __init__(self, data: bytes, omissions: Omissions) -> None:
        super().__init__(omissions, "en" if is_english(without_markup(data)) else "da")
        self.is_tracked = False
        self._data = data
        self._decoder = Decoder()
        self._styles: dict[int, Style] = {}
        self._new_style = (0, Style())
        self._is_starred = False
        self._begins = False  # the next word names the group's destination
        self._joined = ""
        self._was_struck = False

    def blocks(self) -> list[Block]:
        """All of it, with the texts of headers in front and those of footers at the end. Raises DamagedFile."""
        for token in tokens(self._data):
            self._read(token)
        self._flush()
        while self.stack:
            self._end_group()
        self.body.end()
        return [*self.around["header"], *self.body.blocks, *self.around["footer"]]

    def _read(self, token: Token) -> None:
        if token.kind not in ("{", "}"):
            token = self._decoder.without_skipped(token)
        if token.kind == "text":
            self._begins = self._is_starred = False
            if self.state.destination not in ("skip", "pict"):
                self._decoder.add(token.data)
        elif token.kind == "word" and token.name == "u":
            self._decoder.add_unit(token.number or 0, self.state.skip)
        elif token.kind:
            self._flush()
            if token.kind == "{":
                self._begin_group()
            elif token.kind == "}":
                self._end_group()
            elif token.kind == "word":
                self._word(token.name, token.number)
            else:
                self._sign(token.name)

    # groups

    def _begin_group(self) -> None:
        if len(self.stack) >= _MAX_DEPTH:
            raise DamagedFile()
        self.stack.append((self.state, self.on_end))
        self.state = self.state.copy()
        self.on_end = None
        self._begins, self._is_starred = True, False

    def _end_group(self) -> None:
        if not self.stack:
            return
        on_end = self.on_end
        self._begins = self._is_starred = False
        self._decoder.skip = 0
        if on_end is not None:
            on_end()
        self.state, self.on_end = self.stack.pop()

    # words

    def _word(self, name: str, number: int | None) -> None:
        begins, self._begins = self._begins, False
        is_purpose = begins and self.begin_destination(name, is_starred=self._is_starred)
        self._is_starred = False
        if is_purpose:
            return
        state = self.state
        if state.destination == "skip":
            return
        if state.destination == "fonttbl":
            self._font_word(name, number)
        elif state.destination == "stylesheet":
            self._style_word(name, number)
        elif state.destination == "formfield":
            if number is not None:
                self.box[name] = number
        elif name in _SIGNS:
            self.write(_SIGNS[name])
        elif not self._character_word(name, number):
            self._paragraph_word(name, number)

    def _character_word(self, name: str, number: int | None) -> bool:
        state, is_on = self.state, number != 0
        if name == "f":
            state.font = number or 0
        elif name == "uc":
            state.skip = min(max(number or 0, 0), 10)
        elif name == "plain":
            state.plain()
        elif name in ("super", "up"):
            state.place = 1 if is_on else 0
        elif name in ("sub", "dn"):
            state.place = -1 if is_on else 0
        elif name == "nosupersub":
            state.place = 0
        elif name in ("strike", "striked"):
            state.struck = is_on
        elif name == "v":
            state.hidden = is_on
        elif name == "deleted":
            state.deleted, self.is_tracked = is_on, True
        elif name == "ftnalt":
            self.is_endnote = True
        elif name == "revised":
            self.is_tracked = True
        elif name == "b":
            state.bold = is_on
        elif name == "chftn":
            self.note_number()
        elif name in CODE_PAGES:
            self._decoder.default = CODE_PAGES[name]
        elif name == "ansicpg":
            self._decoder.default = code_page(number or 1252, self._decoder.default)
        else:
            return False
        return True

    def _paragraph_word(self, name: str, number: int | None) -> None:
        flow, value = self.flow, number or 0
        if name in ("par", "sect"):
            flow.end_paragraph()
        elif name == "pard":
            flow.begin_paragraph()
            self.style = Style()
        elif name == "s":
            self.style = self._styles.get(value, Style())
            flow.level = self.style.level
            flow.is_contents = CONTENTS.match(self.style.name) is not None
        elif name == "outlinelevel":
            flow.level = value + 1 if value < 9 else 0
        elif name == "ilvl":
            flow.depth = min(value, 8)
        elif name == "intbl":
            flow.in_table = True
        elif name == "cell":
            flow.end_cell()
        elif name == "row":
            flow.end_row()
        elif name in ("nestcell", "nestrow"):
            flow.in_table = True
            flow.parts.append(", " if name == "nestcell" else "; ")
        elif self.state.destination == "nesttableprops":
            return  # the edges of a table in a cell
        elif name == "trowd":
            flow.definition = RtfRow()
        elif name == "trleft":
            flow.definition.start = value
        elif name == "trhdr":
            flow.definition.is_header = True
        elif name in ("clvmrg", "clmrg"):
            self._joined = {"clvmrg": "down", "clmrg": "right"}[name]
        elif name == "cellx":
            if len(flow.definition.cells) < 200:
                flow.definition.cells.append(RtfCell(value, joined=self._joined))
            self._joined = ""

    def _font_word(self, name: str, number: int | None) -> None:
        if name == "f":
            self._decoder.begin_font(number or 0)
        elif name == "fcharset":
            self._decoder.set_charset(number or 0)

    def _style_word(self, name: str, number: int | None) -> None:
        if name == "s":
            self._new_style = (number or 0, Style())
        elif name == "outlinelevel" and number is not None and 0 <= number < 9:
            self._new_style[1].level = number + 1
        elif name in ("strike", "striked"):
            self._new_style[1].struck = number != 0

    # text

    def _sign(self, sign: str) -> None:
        begins, self._begins = self._begins, False
        if sign == "*":
            self._is_starred, self._begins = True, begins
        elif sign in "\r\n" and self.state.destination != "skip":
            self.flow.end_paragraph()
        elif sign in "\\{}":
            self.write(sign)
        elif sign in "~_":
            self.write("\u00a0" if sign == "~" else "-")

    def _flush(self) -> None:
        """Write what was read since the last control word."""
        destination = self.state.destination
        if destination == "fonttbl":
            self._decoder.name_font()
            return
        text = self._decoder.take(self.state.font)
        if not text:
            return
        if destination == "stylesheet":
            number, style = self._new_style
            style.named(text.strip(" ;").casefold())
            self._styles[number] = style
            self._new_style = (0, Style())
        else:
            self.write(text)

    def write(self, text: str, *, is_raised: bool = False) -> None:
        state = self.state
        if self.caught is not None:
            if state.destination != "skip":
                self.caught.append(self._placed(text))
            return
        if state.destination in ("skip", "fonttbl", "stylesheet", "info", "pict", "formfield", "object"):
            return
        if state.deleted:
            return
        if state.hidden:
            if text.strip():
                self.omissions.add("hidden")
            return
        if state.struck or self.style.struck:
            if text.strip() and not self._was_struck:
                self.omissions.add("struck")
                self._was_struck = True
            if text != text.strip():
                self.flow.parts.append(" ")
            return
        if text.strip():
            self._was_struck = False
            self.flow.bold.append(state.bold)
        self.flow.parts.append(superscript(text) if is_raised else self._placed(text))

    def _placed(self, text: str) -> str:
        place = self.state.place
        return superscript(text) if place == 1 else subscript(text) if place == -1 else text
