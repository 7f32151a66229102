"""Finds what a claim changes in a source span that it otherwise follows, by aligning the two word by word."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from rag.answering.grounding import vocabulary
from rag.answering.grounding.tokens import Kind, Token

_FOLLOWS = 0.7
"""The least share of a sentence's tokens, in the same order, for it to follow the span."""
_RUN = 4
"""A longer run of tokens that agree is no coincidence."""
_SLOT = 3
"""A gap of at most this many tokens on both sides, between two words that agree, is read as a replacement."""


def same_name(name: str, other_name: str) -> bool:
    """Whether two casefolded names are the same; either may be a genitive."""
    return name == other_name or f"{name}s" == other_name or name == f"{other_name}s"


def differs(claim: Sequence[Token], source: Sequence[Token], words: bool = True) -> bool:
    """Whether `claim` contradicts `source` or states a fact that is not in it.

    A fact is a number, date, unit, name or code. It must be in the source, with its unit, and at the same place if the
    sentence follows the source. The same holds for a "not" on either side and for comparisons ("more", "before",
    "first"). In a slot between words that agree, no content word may replace another. words: False allows that for
    words that are not facts, since both may mean the same.
    """
    return not _stands(claim, source) or _Alignment(claim, source, words).differs()


def follows(claim: Sequence[Token], source: Sequence[Token]) -> bool:
    """Whether most words of `claim` are in `source`, in the same order."""
    return _Alignment(claim, source, True).follows


def facts_stand(claim: Sequence[Token], source: Sequence[Token]) -> bool:
    """Whether `source` has each number (with its unit), date, unit, name and code of `claim` anywhere."""
    keys = {token.key for token in source}
    keys |= {token.key.partition("-")[0] for token in source if token.kind is Kind.DATE}
    words = {token.word for token in source}
    words |= {f"{word}s" for word in words} | {word[:-1] for word in words if word.endswith("s")}
    for token in claim:
        if token.kind is Kind.NAME:
            if token.word not in words:
                return False
        elif token.kind.is_fact and token.key not in keys:
            return False
    units = _units(source)
    return all(
        number not in units or not units[number] or claimed <= units[number]
        for number, claimed in _units(claim).items()
        if claimed
    )


def _stands(claim: Sequence[Token], source: Sequence[Token]) -> bool:
    if not facts_stand(claim, source):
        return False
    poles = {token.pole for token in source}
    if any(token.pole and token.pole not in poles for token in claim):
        return False
    # such as "last month" for "last week"
    claim_units, source_units = ({t.key for t in side if t.key.startswith("#")} for side in (claim, source))
    return not (claim_units - source_units and source_units - claim_units)


def _units(tokens: Sequence[Token]) -> dict[str, set[str]]:
    """The units of each number; an empty set if it also occurs without a unit."""
    units: dict[str, set[str]] = {}
    bare: set[str] = set()
    for place, token in enumerate(tokens):
        if token.kind is Kind.NUMBER:
            following = [unit for unit in tokens[place + 1 : place + 3] if unit.kind is Kind.UNIT]
            units.setdefault(token.key, set()).update(unit.key for unit in following[:1])
            if not following:
                bare.add(token.key)
    return {number: set() if number in bare else keys for number, keys in units.items()}


def _family(token: Token) -> str:
    """The class of words that can replace a number, date, name, comparison or modal verb; "" for other words."""
    if token.kind in (Kind.NUMBER, Kind.DATE, Kind.NAME):
        return str(token.kind.value)
    return "pole" if token.pole else "modal" if token.strength in ("must", "may") else ""


class _Alignment:
    """to: for each token of `claim` the index of the token of `source` that it agrees with, or -1."""

    def __init__(self, claim: Sequence[Token], source: Sequence[Token], words: bool) -> None:
        self.claim, self.source, self.words = claim, source, words
        self.to = [-1] * len(claim)
        matcher = SequenceMatcher(None, [t.key for t in claim], [t.key for t in source], autojunk=False)
        for block in matcher.get_matching_blocks():
            for step in range(block.size):
                if self._agree(block.a + step, block.b + step):
                    self.to[block.a + step] = block.b + step
        self.follows = sum(place >= 0 for place in self.to) >= _FOLLOWS * len(claim)
        self.taken = set(self.to) - {-1}
        self.moved = self._moved()

    def _agree(self, place: int, source_place: int) -> bool:
        claim, source = self.claim[place], self.source[source_place]
        return claim.kind is not Kind.NAME or same_name(claim.word, source.word)

    def _moved(self) -> set[int]:
        """Tokens in runs of at least two that are elsewhere in the source, where nothing else is aligned."""
        moved: set[int] = set()
        for place in range(len(self.claim) - 1):
            if self.to[place] >= 0 or self.to[place + 1] >= 0:
                continue
            pair = self.claim[place].key, self.claim[place + 1].key
            for source_place in range(len(self.source) - 1):
                free = source_place not in self.taken and source_place + 1 not in self.taken
                if free and (self.source[source_place].key, self.source[source_place + 1].key) == pair:
                    moved |= {place, place + 1}
        return moved

    def differs(self) -> bool:
        if self._negated() or self._bound_dropped() or self._leaps():
            return True
        if any(self._put_for_another(*slot) for slot in self._slots()):
            return True
        if not self.follows:
            return any(self._belongs_elsewhere(p) for p, t in enumerate(self.claim) if t.kind is Kind.NUMBER)
        return any(
            self.to[place] < 0 and place not in self.moved and (token.kind.is_fact or token.pole)
            for place, token in enumerate(self.claim)
        )

    def _slots(self) -> list[tuple[int, int, int, int]]:
        """Gaps, first..last (exclusive) in claim and source, between aligned neighbours or a sentence's edge."""
        agreed = [(place, source_place) for place, source_place in enumerate(self.to) if source_place >= 0]
        slots = []
        if agreed and agreed[0][0] and (len(agreed) > 1 and agreed[1] == (agreed[0][0] + 1, agreed[0][1] + 1)):
            begin = agreed[0][1]
            while begin > 0 and begin > agreed[0][1] - _SLOT and not self.source[begin].opens:
                begin -= 1
            slots.append((0, agreed[0][0], begin, agreed[0][1]))
        for (a, b), (c, d) in pairwise(agreed):
            if c > a + 1 and d > b + 1:
                slots.append((a + 1, c, b + 1, d))
        return [s for s in slots if s[1] - s[0] <= _SLOT and s[3] - s[2] <= _SLOT]

    def _put_for_another(self, first: int, last: int, begin: int, end: int) -> bool:
        if any(place in self.moved for place in range(first, last)):
            return False
        claim = [t for t in self.claim[first:last] if t.telling or t.pole]
        source = [t for t in self.source[begin:end] if t.telling or t.pole]
        if any(a.pole != b.pole for a in claim for b in source if a.pole and b.pole):
            return True
        strengths = {t.strength for t in self.claim[first:last]} - {""}
        source_strengths = {t.strength for t in self.source[begin:end]} - {""}
        if strengths and source_strengths and not strengths & source_strengths:
            return True
        counts = (lambda t: t.telling) if self.words else (lambda t: t.kind.is_fact)
        return any(map(counts, claim)) and any(map(counts, source))

    def _negated(self) -> bool:
        """Whether one side has a "not" that the other lacks."""
        if any(token.kind is Kind.NOT and self.to[place] < 0 for place, token in enumerate(self.claim)):
            if self.follows or not any(t.kind is Kind.NOT for t in self.source):
                return True
        elif not self.follows and any(token.kind is Kind.NOT for token in self.claim):
            return False
        places = sorted(self.taken)
        if not places:
            return False
        for place, token in enumerate(self.source):
            if token.kind is Kind.NOT and place not in self.taken and self._concerns(place, places):
                return not any(t.kind is Kind.NOT for t in self.claim) or self.follows
        return False

    def _concerns(self, place: int, places: Sequence[int]) -> bool:
        """Whether the source word at `place` is in the same clause as an aligned word."""
        for step in (-1, 1):
            at = place
            for _ in range(_SLOT):
                if (self.source[at] if step < 0 else self.source[min(at + 1, len(self.source) - 1)]).opens:
                    break
                at += step
                if not 0 <= at < len(self.source):
                    break
                if at in self.taken:
                    return True
        return False

    def _leaps(self) -> bool:
        """Whether a fact agrees only by skipping another fact of its class in the source."""
        for first, last in self._blocks():
            facts = {family for t in self.claim[first:last] if (family := _family(t))}
            gaps = []
            if first and self.to[first - 1] >= 0:
                gaps.append(self.source[self.to[first - 1] + 1 : self.to[first]])
            if last < len(self.claim) and self.to[last] >= 0:
                gaps.append(self.source[self.to[last - 1] + 1 : self.to[last]])
            for gap in gaps:
                if last - first > _RUN and not any(t.initial for t in gap):
                    continue  # a long run within the same sentence is no coincidence
                passed = {_family(t) for t in gap if len(gap) > _SLOT or t.kind in (Kind.NUMBER, Kind.DATE)}
                if facts & passed - {""}:
                    return True
        return False

    def _blocks(self) -> list[tuple[int, int]]:
        """Runs, first..last (exclusive) in `claim`, that are aligned with a run of the source."""
        blocks: list[tuple[int, int]] = []
        for place, source_place in enumerate(self.to):
            if source_place < 0:
                continue
            if blocks and blocks[-1][1] == place and self.to[place - 1] == source_place - 1:
                blocks[-1] = blocks[-1][0], place + 1
            else:
                blocks.append((place, place + 1))
        return blocks

    def _bound_dropped(self) -> bool:
        """Whether the source bounds a number ("at least 6") and the claim does not."""
        for place, token in enumerate(self.claim):
            source_place = self.to[place]
            if token.kind is not Kind.NUMBER or source_place < 0:
                continue
            bounds = {t.pole for t in self.source[max(source_place - 2, 0) : source_place]} & vocabulary.QUANTITIES
            if bounds and not bounds <= {t.pole for t in self.claim}:
                return True
        return False

    def _belongs_elsewhere(self, place: int) -> bool:
        """Whether a number's neighbours are nearer to another number in the source than to the same one."""
        nearby = {t.key for t in self.claim[max(place - 4, 0) : place + 5] if t.telling and t.kind is not Kind.NUMBER}
        to_same = to_another = 0.0
        for at, token in enumerate(self.source):
            if token.kind is not Kind.NUMBER:
                continue
            nearness = sum(
                1 / (1 + abs(at - beside))
                for beside in range(max(at - 4, 0), min(at + 5, len(self.source)))
                if self.source[beside].key in nearby
            )
            if token.key == self.claim[place].key:
                to_same = max(to_same, nearness)
            elif all(t.key != token.key for t in self.claim):
                to_another = max(to_another, nearness)
        return to_another > to_same
