from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from rag.answering.grounding import StoredSimilarity, ground, load_judge
from rag.answering.grounding.nli_judge import BATCH, Opinion, labels
from rag.answering.grounding.similarity import Cosines
from rag.answering.grounding.tokens import tokens
from rag.answering.grounding.verdicts import SHARE_WEIGHT, STANDS_OUT
from rag.core.errors import ModelUnavailable, ModelUnsafe, NotAJudge
from rag.core.text.markdown import plain
from rag.core.types import Hit, Sentence, Verdict
from rag.models.embedding.protocol import Embedded, Passage
from tests import factories
from tests.helpers import ROOT
from tests.tiny_models import make_judge

SOURCE = (
    "Batterier er dækket i 6 måneder. Øvrige dele er dækket i 24 måneder fra købsdatoen. Køb over 1.234,50 kr."
    " godkendes af Karen Lund. Fejl E31 betyder gaslækage. Ferien begynder 1. juli. Gebyret er 1,5 procent."
    " Skærmen er ikke dækket."
)
ENGLISH = "Every employee has 25 days of holiday a year. Report sick leave before 9:00 to your manager."


hit = partial(factories.hit, language="da", start=10, page=3, sha256="a" * 64)


HITS = [hit(1, ENGLISH, language="en"), hit(2, SOURCE)]


def one(text: str, language: str = "da") -> Sentence:
    (sentence,) = ground(text, HITS, language)
    return sentence


def test_a_sentence_rests_on_the_span_that_says_it() -> None:
    sentence = one("Batterierne er dækket i 6 måneder.")
    assert sentence.verdict is Verdict.SUPPORTED
    (citation,) = sentence.citations
    assert citation.quote == "Batterier er dækket i 6 måneder."
    assert (citation.number, citation.document, citation.page) == (2, "2.pdf", 3)
    assert SOURCE[citation.start - 10 : citation.end - 10] == citation.quote


@pytest.mark.parametrize(
    "text",
    [
        "Batterier er dækket i seks måneder.",
        "Køb over 1234,5 kr. godkendes af Karen Lund.",
        "Køb over 1,234.50 kr. godkendes af Karen Lund.",
        "Fejl E31 betyder gaslækage.",
        "Ferien begynder 1. juli.",
        "Gebyret er 1.5 procent.",
        "Skærmen er ikke dækket.",
        "Batterier er dækket i 6 måneder og øvrige dele i 24 måneder fra købsdatoen.",
        "- **Batterier** er dækket i 6 måneder.",
    ],
)
def test_what_stands_there_is_supported(text: str) -> None:
    sentence = one(text)
    assert sentence.verdict is Verdict.SUPPORTED
    assert sentence.citations


@pytest.mark.parametrize(
    "text",
    [
        "Batterier er dækket i 7 måneder.",
        "Batterier er dækket i syv måneder.",
        "Batterier er dækket i 60 måneder.",
        "Batterier er ikke dækket i 6 måneder.",
        "Skærmen er dækket.",
        "Køb over 1.234,50 kr. godkendes af Lars Lund.",
        "Køb over 1.235,50 kr. godkendes af Karen Lund.",
        "Køb over 12.345,00 kr. godkendes af Karen Lund.",
        "Fejl F31 betyder gaslækage.",
        "Ferien begynder 1. juni.",
        "Gebyret er 15 procent.",
        "Skærmen er dækket i 99 år af en udvidet forsikring.",
    ],
)
def test_a_number_name_date_or_not_that_differs_is_never_supported(text: str) -> None:
    assert one(text).verdict is not Verdict.SUPPORTED


RULES = hit(
    1,
    "Medarbejdere har ret til femogtyve feriedage om året. Ferien skal aftales med nærmeste leder mindst 14 dage før"
    " første feriedag. Garantien dækker fra 1. juli 2026 i 24 måneder, men den gælder ikke for kabler. Afdelingen i"
    " Odense omsatte for 1,5 mio. kr. i 2025 og 2 mio. kr. i 2026. Odense Havn vandt over Aarhus i 2019. Lyset"
    " blinker i 5 dage.",
)


@pytest.mark.parametrize(
    "text",
    [
        "Medarbejdere har ret til 25 feriedage om året.",
        "Mindst fjorten dage før første feriedag skal ferien aftales med nærmeste leder.",
        "Garantien dækker fra 2026-07-01 i 24 måneder.",
        "Garantien dækker fra 1.7.2026 i 24 måneder.",
        "Garantien gælder ikke for kabler.",
        "Afdelingen i Odense omsatte for 1.500.000 kr. i 2025.",
        "Afdelingen i Odense omsatte for 1,500,000 kroner i 2025.",
    ],
)
def test_the_same_in_another_form_is_supported(text: str) -> None:
    (sentence,) = ground(text, [RULES], "da")
    assert sentence.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    "text",
    [
        "Medarbejdere har ret til 24 feriedage om året.",
        "Ferien skal aftales med nærmeste leder mindst 14 uger før første feriedag.",
        "Ferien skal aftales med nærmeste leder højst 14 dage før første feriedag.",
        "Ferien skal aftales med nærmeste leder 14 dage før første feriedag.",
        "Ferien skal aftales med nærmeste leder mindst 14 dage efter første feriedag.",
        "Ferien skal aftales med nærmeste leder mindst 14 dage før sidste feriedag.",
        "Ferien kan aftales med nærmeste leder mindst 14 dage før første feriedag.",
        "Garantien dækker fra 2026-07-02 i 24 måneder.",
        "Garantien dækker fra 1. juli 2025 i 24 måneder.",
        "Garantien gælder for kabler.",
        "Afdelingen i Odense omsatte for 1,5 mio. euro i 2025.",
        "Afdelingen i Odense omsatte for 1,5 mia. kr. i 2025.",
        "Odense Havn vandt over Odense i 2019.",
        "Odense Havn vandt over Aarhus i 2025.",
        "Aarhus Havn vandt over Aarhus i 2019.",
        "Lyset blinker i fem uger.",
    ],
)
def test_one_thing_changed_is_never_supported(text: str) -> None:
    (sentence,) = ground(text, [RULES], "da")
    assert sentence.verdict is not Verdict.SUPPORTED


def test_a_number_of_the_next_sentence_is_not_that_of_this_one() -> None:
    assert one("Batterier er dækket i 24 måneder.").verdict is not Verdict.SUPPORTED
    assert one("Øvrige dele er dækket i 6 måneder.").verdict is not Verdict.SUPPORTED


def test_an_english_sentence_is_read_as_english_whatever_the_language_of_the_question() -> None:
    # "to" is two in Danish
    assert one("Report sick leave before 9:00 to your manager.", "da").verdict is Verdict.SUPPORTED


def test_what_stands_nowhere_has_no_citation() -> None:
    sentence = one("Direktøren hedder Josef og bor i Moskva.")
    assert (sentence.verdict, sentence.citations) == (Verdict.UNSUPPORTED, ())


def test_half_of_it_is_partly() -> None:
    sentence = one("Batterier, opladere og kabler er dækket i 6 måneder efter registrering.")
    assert sentence.verdict is Verdict.PARTLY
    assert sentence.citations[0].quote.startswith("Batterier")


def test_markers_are_taken_out_and_prove_nothing() -> None:
    sentence = one("Direktøren hedder Josef og bor i Moskva [1, 2].")
    assert (sentence.text, sentence.citations) == ("Direktøren hedder Josef og bor i Moskva.", ())


def test_a_marker_decides_between_equals() -> None:
    twice = [hit(1, "Batterier er dækket i 6 måneder."), hit(2, "Batterier er dækket i 6 måneder.")]
    for text, number in (("Batterier er dækket i 6 måneder [2].", 2), ("Batterier er dækket i 6 måneder.", 1)):
        (sentence,) = ground(text, twice, "da")
        assert sentence.citations[0].number == number


def test_an_answer_is_taken_sentence_by_sentence() -> None:
    found = ground(
        "Batterier er dækket i 6 måneder [2]. Skærmen er lavet af guld i Kina.\n\n- E31 betyder gaslækage. [2]",
        HITS,
        "da",
    )
    assert [s.verdict for s in found] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED, Verdict.SUPPORTED]
    assert [s.text for s in found][2] == "E31 betyder gaslækage."


def test_english_is_held_against_english() -> None:
    assert one("Employees have 25 days of holiday every year.", "en").verdict is Verdict.SUPPORTED
    assert one("Report sick leave before 9.00.", "en").verdict is Verdict.SUPPORTED
    assert one("Report sick leave before 10:00.", "en").verdict is not Verdict.SUPPORTED
    assert one("Employees don't have 25 days of holiday a year.", "en").verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize("text", ["", " \n", "[1]", "***", "- "])
def test_no_words_no_sentences(text: str) -> None:
    assert ground(text, HITS, "da") == ()


def test_without_passages_nothing_is_supported() -> None:
    (sentence,) = ground("Batterier er dækket i 6 måneder.", [], "da")
    assert (sentence.verdict, sentence.citations) == (Verdict.UNSUPPORTED, ())


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("1.234,50 kr.", "1,234.50 kr.", "da"),
        ("1 234,50 kr.", "1.234,5 kr.", "da"),
        ("1\u00a0234,50 kr.", "DKK 1.234,50", "da"),
        ("femogtyve dage", "25 dage", "da"),
        ("tyve procent", "20 %", "da"),
        ("25%", "25 pct.", "da"),
        ("halvanden time", "1,5 time", "da"),
        ("en og en halv time", "1,5 time", "da"),
        ("to og en halv time", "2½ time", "da"),
        ("one and a half hours", "1.5 hours", "en"),
        ("twenty percent", "20 per cent", "en"),
        ("hundrede medarbejdere", "100 medarbejdere", "da"),
        ("hundrede og femogtyve kroner", "125 kr.", "da"),
        ("two hundred and fifty pages", "250 pages", "en"),
        ("3. maj 2024", "2024-05-03", "da"),
        ("den 3/5 2024", "den 3.5.2024", "da"),
        ("May 3, 2024", "3 May 2024", "en"),
        ("May 3rd 2024", "2024-05-03", "en"),
        ("5 km", "5km", "da"),
        ("10 kg", "ti kilo", "da"),
        ("kl. 8.30", "kl. 8:30", "da"),
        ("5 mio. kr.", "5.000.000 kr.", "da"),
    ],
)
def test_the_same_number_date_or_amount_in_two_forms(one: str, other: str, language: str) -> None:
    assert [t.key for t in tokens(f"Der er {one}", language)] == [t.key for t in tokens(f"Der er {other}", language)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.234,50 kr.", "12.345,00 kr."),
        ("5 km", "5 m"),
        ("10 kg", "10 g"),
        ("halvanden time", "en halv time"),
        ("3. maj 2024", "2024-03-05"),
        ("hundrede og femogtyve", "hundrede"),
        ("20 %", "20 ‰"),
    ],
)
def test_another_number_date_or_amount_is_another(one: str, other: str) -> None:
    for begin in ("Der er ", ""):  # a number that begins a sentence is none of a list
        assert [t.key for t in tokens(begin + one, "da")] != [t.key for t in tokens(begin + other, "da")]


# --- meaning ---------------------------------------------------------------------------------------------------------

REWRITTEN = "Seks måneder igennem betaler producenten for at bytte strømkilden."
KNOWN = next(iter(STANDS_OUT))


class Told:
    """Cosines by sentence and source, as a model would give them."""

    def __init__(self, model: str, near: Mapping[tuple[str, str], float]) -> None:
        self.model = model
        self.near = near

    def cosines(self, said: Sequence[str], hits: Sequence[Hit]) -> list[Cosines]:
        return [
            np.array(
                [
                    [
                        self.near.get((text, h.chunk.text[s.start - h.chunk.start : s.end - h.chunk.start]), 0.7)
                        for s in h.chunk.sentences
                    ]
                    for text in said
                ],
                np.float32,
            )
            for h in hits
        ]


def test_meaning_finds_the_span_that_says_it_in_other_words() -> None:
    span = "Batterier er dækket i 6 måneder."
    (alone,) = ground(REWRITTEN, HITS, "da")
    assert (alone.verdict, alone.citations) == (Verdict.UNSUPPORTED, ())
    (sentence,) = ground(REWRITTEN, HITS, "da", similar=Told(KNOWN, {(REWRITTEN, span): 0.99}))
    assert sentence.verdict is Verdict.PARTLY
    assert sentence.citations[0].quote == span


def test_no_likeness_makes_up_for_a_number_or_name_that_does_not_stand_there() -> None:
    span = "Batterier er dækket i 6 måneder."
    for text in (REWRITTEN.replace("Seks", "Syv"), REWRITTEN.replace("producenten", "firmaet Hansen")):
        (sentence,) = ground(text, HITS, "da", similar=Told(KNOWN, {(text, span): 1.0}))
        assert (sentence.verdict, sentence.citations) == (Verdict.UNSUPPORTED, ())
    changed = "Batterier er dækket i 7 måneder."
    (sentence,) = ground(changed, HITS, "da", similar=Told(KNOWN, {(changed, span): 1.0}))
    assert sentence.verdict is Verdict.PARTLY


def test_below_the_threshold_or_with_a_model_of_another_scale_meaning_cites_nothing() -> None:
    near = {(REWRITTEN, "Batterier er dækket i 6 måneder."): 0.99}
    below = dict.fromkeys(near, 0.7 + STANDS_OUT[KNOWN] - SHARE_WEIGHT * 2 / 6 - 0.001)  # two of six words stand there
    for similar in (Told(KNOWN, below), Told("another/model", near)):
        (sentence,) = ground(REWRITTEN, HITS, "da", similar=similar)
        assert (sentence.verdict, sentence.citations) == (Verdict.UNSUPPORTED, ())


def test_passages_without_vectors_make_the_others_no_nearer() -> None:
    class Half(Told):
        def cosines(self, said: Sequence[str], hits: Sequence[Hit]) -> list[Cosines]:
            *first, last = super().cosines(said, hits)
            return [*(np.zeros((len(said), 0), np.float32) for _ in first), last]

    (sentence,) = ground(
        REWRITTEN, [*[hit(n, ENGLISH, language="en") for n in range(1, 9)], HITS[1]], "da", similar=Half(KNOWN, {})
    )
    assert (sentence.verdict, sentence.citations) == (Verdict.UNSUPPORTED, ())


def test_meaning_decides_between_spans_with_the_same_words() -> None:
    text = "Batterier er dækket i 6 måneder."
    twice = [hit(1, text), hit(2, f"{text[:-1]}, og det er skrevet her.")]
    for number in (1, 2):
        similar = Told("another/model", {(text, twice[number - 1].chunk.text): 0.95})
        (sentence,) = ground(text, twice, "da", similar=similar)
        assert sentence.citations[0].number == number


class Axes:
    """An encoder that gives each text an axis of its own."""

    def encode_passages(self, passages: Sequence[Passage]) -> Embedded:
        return Embedded(np.eye(len(passages), 3, dtype=np.float32), [np.zeros((0, 3), np.float32) for _ in passages])


def test_stored_vectors_are_held_against_the_sentences() -> None:
    hits = [replace(h, chunk=replace(h.chunk, id=n)) for n, h in enumerate(HITS, 1)]
    count = len(hits[1].chunk.sentences)
    stored = np.zeros((count, 3), np.float32)
    stored[2] = 0.6, 0.8, 0.0
    # the first chunk has vectors of another cut, and so none that can be used
    similar = StoredSimilarity("m", Axes(), {1: np.ones((9, 3), np.float32), 2: stored})
    first, second = similar.cosines(["a", "b"], hits)
    assert first.shape == (2, 0)
    assert second.shape == (2, count)
    assert second[:, 2].tolist() == pytest.approx([0.6, 0.8])
    found = ground("Batterier er dækket i 6 måneder. Skærmen er ikke dækket.", hits, "da", similar=similar)
    assert [s.verdict for s in found] == [Verdict.SUPPORTED, Verdict.SUPPORTED]


# --- a judge -------------------------------------------------------------------------------------------------------


class Says:
    """Opinions by sentence; neutral of all others. Keeps what it was shown."""

    def __init__(self, opinions: Mapping[str, Opinion]) -> None:
        self.opinions = opinions
        self.shown: list[tuple[str, str]] = []

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Opinion]:
        self.shown += pairs
        return [self.opinions.get(sentence, Opinion(0.0, 1.0, 0.0)) for _, sentence in pairs]


SAME = "Batterier er dækket i 6 måneder."
OTHER_WORDS = "Batterier er omfattet i 6 måneder."


def test_a_judge_can_raise_partly_and_lower_supported() -> None:
    text = f"{SAME} {OTHER_WORDS}"
    assert [s.verdict for s in ground(text, HITS, "da")] == [Verdict.SUPPORTED, Verdict.PARTLY]
    judge = Says({SAME: Opinion(0.1, 0.2, 0.7), OTHER_WORDS: Opinion(0.9, 0.1, 0.0)})
    lowered, raised = ground(text, HITS, "da", judge=judge)
    assert [lowered.verdict, raised.verdict] == [Verdict.PARTLY, Verdict.SUPPORTED]
    assert lowered.citations[0].quote == raised.citations[0].quote == SAME
    assert (SAME, SAME) in judge.shown


@pytest.mark.parametrize(
    "text",
    [
        "Batterier er omfattet i 7 måneder.",
        "Batterier er omfattet i 6 år.",
        "Batterier er ikke omfattet i 6 måneder.",
        "Batterier er omfattet i 6 måneder af Hansen.",
    ],
)
def test_a_judge_raises_nothing_whose_facts_do_not_stand_there(text: str) -> None:
    (sentence,) = ground(text, HITS, "da", judge=Says({text: Opinion(1.0, 0.0, 0.0)}))
    assert sentence.verdict is not Verdict.SUPPORTED


def test_an_undecided_judge_changes_nothing() -> None:
    text = f"{SAME} {OTHER_WORDS} Direktøren hedder Josef og bor i Moskva."
    unsure = Opinion(0.49, 0.02, 0.49)
    judge = Says(dict.fromkeys([SAME, OTHER_WORDS, "Direktøren hedder Josef og bor i Moskva."], unsure))
    assert ground(text, HITS, "da", judge=judge) == ground(text, HITS, "da")
    assert all("Josef" not in sentence for _, sentence in judge.shown)


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (("contradiction", "entailment", "neutral"), (1, 2, 0)),
        (("ENTAILMENT", "NEUTRAL", "CONTRADICTION"), (0, 1, 2)),
        (("Neutral", "Contradictory", "Entails"), (2, 0, 1)),
        (("entailment", "not_entailment"), (0, 1, None)),
        (("contradiction", "entailment"), (1, None, 0)),
    ],
)
def test_labels_are_known_in_any_case_and_order(names: Sequence[str], places: tuple[int | None, ...]) -> None:
    assert labels("m", dict(enumerate(names))) == places


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("LABEL_0",),
        ("LABEL_0", "LABEL_1", "LABEL_2"),
        ("entailment",),
        ("neutral", "contradiction"),
        ("entailment", "entails", "neutral"),
    ],
)
def test_labels_that_prove_nothing_are_refused(names: Sequence[str]) -> None:
    with pytest.raises(NotAJudge) as caught:
        labels("min/model", dict(enumerate(names)))
    assert "min/model" in caught.value.in_language("da")
    assert "NLI" in caught.value.in_language("da")
    assert "NLI" in caught.value.in_language("en")


NAMES = ("neutral", "CONTRADICTION", "Entailment")


@pytest.fixture(scope="module")
def judge_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_judge(tmp_path_factory.mktemp("judge"), NAMES)


def test_a_real_judge_gives_each_pair_its_opinion_whatever_is_beside_it(judge_folder: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    judge = load_judge(str(judge_folder))
    pairs = [(f"Batterier er dækket i {n} måneder.", "a" * (1 + 3 * n)) for n in range(2 * BATCH + 3)]
    opinions = judge.judge(pairs)
    assert len(opinions) == len(pairs)
    assert judge.judge([]) == []
    model = AutoModelForSequenceClassification.from_pretrained(judge_folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(judge_folder)
    for pair, opinion in zip(pairs, opinions, strict=True):
        with torch.inference_mode():
            shares = model(**tokenizer(*pair, return_tensors="pt")).logits.softmax(-1)[0].tolist()
        neutral, contradiction, entailment = shares
        assert opinion == pytest.approx((entailment, neutral, contradiction), abs=1e-4)
    assert len({round(opinion.entailment, 4) for opinion in opinions}) > 3


def test_a_real_judge_takes_part(judge_folder: Path) -> None:
    judge = load_judge(str(judge_folder))
    (sentence,) = ground(SAME, HITS, "da", judge=judge)
    (opinion,) = judge.judge([(SAME, SAME)])
    assert sentence.verdict is (Verdict.PARTLY if opinion.contradiction >= 0.5 else Verdict.SUPPORTED)


def test_a_reranker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAJudge):
        load_judge(str(make_judge(tmp_path, ())))


def test_a_judge_that_is_not_there_or_not_safe_is_refused(tmp_path: Path, judge_folder: Path) -> None:
    with pytest.raises(ModelUnavailable):
        load_judge(str(tmp_path))
    unsafe = tmp_path / "unsafe"
    unsafe.mkdir()
    for file in judge_folder.iterdir():
        if file.suffix != ".safetensors":
            (unsafe / file.name).write_bytes(file.read_bytes())
    (unsafe / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelUnsafe):
        load_judge(str(unsafe))
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in judge_folder.iterdir():
        (damaged / file.name).write_bytes(file.read_bytes()[: 100 if file.suffix == ".safetensors" else None])
    with pytest.raises(ModelUnavailable):
        load_judge(str(damaged))
    config = json.loads((damaged / "config.json").read_text(encoding="utf-8"))
    (damaged / "config.json").write_text(json.dumps({**config, "id2label": ["x"]}), encoding="utf-8")
    with pytest.raises(NotAJudge):
        load_judge(str(damaged))


# --- a perspective ---------------------------------------------------------------------------------------------------

ANGLE = (
    "Du svarer som produktejer for Brise 8. Læg vægt på, hvad en forsinkelse koster kunderne, og hvad der skal afklares"
    " med Karen før næste udgivelse."
)


@pytest.mark.parametrize(
    "text",
    [
        "Jeg ville afklare det med Karen før næste udgivelse.",
        "Som produktejer lægger jeg vægt på, hvad en forsinkelse koster kunderne.",
        "Det skal afklares med Karen før næste udgivelse.",
    ],
)
def test_what_is_said_of_the_perspective_is_no_fact_and_cites_nothing(text: str) -> None:
    (before,) = ground(text, HITS, "da")
    assert before.verdict is Verdict.UNSUPPORTED
    (sentence,) = ground(text, HITS, "da", perspective=ANGLE)
    assert (sentence.verdict, sentence.citations) == (Verdict.PERSPECTIVE, ())


@pytest.mark.parametrize(
    "text",
    [
        "Jeg ville afklare det med Lars før næste udgivelse.",
        "Som produktejer lægger jeg vægt på 40 forsinkelser hos kunderne.",
        "Det skal afklares med Karen før den 3. maj.",
        "Det skal ikke afklares med Karen før næste udgivelse.",
        "Direktøren er lavet af guld.",
        "Brise 8 er lavet af guld.",
    ],
)
def test_a_fact_that_the_perspective_does_not_say_is_never_marked_as_perspective(text: str) -> None:
    (sentence,) = ground(text, HITS, "da", perspective=ANGLE)
    assert (sentence.verdict, sentence.citations) == (Verdict.UNSUPPORTED, ())


def test_what_rests_on_a_passage_stays_a_fact() -> None:
    text = "Batterier er dækket i 6 måneder."
    (sentence,) = ground(text, HITS, "da", perspective=f"{ANGLE} {text}")
    assert sentence.verdict is Verdict.SUPPORTED
    (english,) = ground("I would ask customers first.", HITS, "en", perspective="You care about customers.")
    assert english.verdict is Verdict.PERSPECTIVE


# --- the sentences it is measured with -------------------------------------------------------------------------------

DATA = ROOT / "benchmarks" / "data"


def test_each_rephrased_sentence_is_of_a_place_that_says_it() -> None:
    rows = [json.loads(line) for line in (DATA / "grounding_paraphrases.jsonl").read_text("utf-8").splitlines()]
    documents = {
        (language, f"{document['id']}.txt"): document["text"]
        for language, name in (("en", "xquad_en.json"), ("no", "norquad_validation.json"))
        for document in json.loads((DATA / name).read_text("utf-8"))["documents"]
    }
    assert len(rows) >= 120
    for row in rows:
        assert len({row["source"], row["paraphrase"], row["altered"]}) == 3
        if row["language"] != "da":  # the Danish manual is fetched, not kept
            said = documents[row["language"], row["document"]][row["start"] : row["end"]]
            assert plain(said) == row["source"]
    assert {row["language"] for row in rows} == {"en", "no", "da"}
