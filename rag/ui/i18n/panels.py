"""Words of choosing who answers, of asking several at once, and of who answered. key: (Danish, English)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # choosing, above the question field
    "choice_none": ("Ingen assistent", "No assistant"),
    "choice_router": ("Vælg for mig", "Choose for me"),
    "choice_router_text": (
        "Spørgsmålet sendes til den assistent, hvis dokumenter og eksempler passer bedst.",
        "The question is sent to the assistant whose documents and examples fit best.",
    ),
    "choice_who": ("Hvem skal svare?", "Who is to answer?"),
    "choice_help": ("Vælg, hvem der svarer", "Choose who answers"),
    "choice_note": (
        "Gælder de næste spørgsmål i samtalen.",
        "Holds for the next questions of this conversation.",
    ),
    "choice_no_scenario": ("Alle slags spørgsmål", "Any kind of question"),
    "choice_make": ("Lav en assistent", "Make an assistant"),
    "choice_make_text": (
        "En assistent svarer ud fra et perspektiv, du giver den, med eksempler, dokumenter og en model for sig.",
        "An assistant answers from a perspective that you give it, with examples, documents and a model of its own.",
    ),
    "choice_manage": ("Ret assistenter", "Change assistants"),
    "choice_removed": (
        "Assistenten “{name}” er slettet. De næste spørgsmål besvares uden den.",
        "The assistant “{name}” was deleted. The next questions are answered without it.",
    ),
    # asking several
    "panel_ask": ("Spørg flere", "Ask several"),
    "panel_asks": ("Spørger {count}: {names}", "Asking {count}: {names}"),
    "panel_help": ("Stil samme spørgsmål til flere på én gang", "Put one question to several at once"),
    "panel_who": ("Hvem skal svare? Vælg {fewest} til {most}", "Who is to answer? Choose {fewest} to {most}"),
    "panel_search": ("Søg efter en assistent eller model", "Search for an assistant or model"),
    "panel_assistant": ("{name} (assistent)", "{name} (assistant)"),
    "panel_model": ("{name} (model)", "{name} (model)"),
    "panel_scenario": ("Slags spørgsmål", "Kind of questions"),
    "panel_scenario_none": ("Ingen", "None"),
    "panel_scenario_text": ("Vælg en, eller skriv en ny", "Choose one, or write a new one"),
    "panel_note": (
        "Svarene står side om side, og du kan stemme på det bedste. Gælder, indtil du slår det fra.",
        "The answers stand side by side, and you can vote for the best. Stays on until you switch it off.",
    ),
    "panel_too_few": ("Vælg mindst {fewest}.", "Choose at least {fewest}."),
    "panel_on": ("Spørg disse {count}", "Ask these {count}"),
    "panel_off": ("Spørg kun én", "Ask only one"),
    "panel_off_help": ("Slå Spørg flere fra", "Switch off asking several"),
    # a panel in the conversation
    "panel_vote": ("Bedste svar", "Best answer"),
    "panel_vote_name": ("Bedste svar: {name}", "Best answer: {name}"),
    "panel_voted": (
        "Du valgte {name}. Samtalen fortsætter fra det svar.",
        "You chose {name}. The conversation goes on from that answer.",
    ),
    "panel_voted_aside": (
        "Du valgte {name}, men samtalen vises videre fra {shown}.",
        "You chose {name}, but the conversation is shown on from {shown}.",
    ),
    "panel_not_voted": (
        "Vælg det bedste svar. Indtil da fortsætter samtalen fra {name}.",
        "Choose the best answer. Until then the conversation goes on from {name}.",
    ),
    "panel_answering": ("{done} af {count} har svaret", "{done} of {count} have answered"),
    "panel_kind": ("Slags spørgsmål: {scenario}", "Kind of questions: {scenario}"),
    "panel_on_from": ("Vis samtalen herfra", "Show the conversation from here"),
    "panel_others": ("Ikke brugt ({count})", "Not used ({count})"),
    "panel_alone": ("Spørg kun denne igen", "Ask only this one again"),
    "panel_answer_of": ("Svar fra {name}", "Answer of {name}"),
    # the votes
    "votes_title": ("Stemmer", "Votes"),
    "votes_none": (
        "Ingen stemmer endnu. Vælg “Spørg flere” over spørgsmålsfeltet, og vælg det bedste svar. Stemmerne tælles her.",
        "No votes yet. Choose “Ask several” above the question field, and choose the best answer. The votes are counted"
        " here.",
    ),
    "votes_no_scenario": ("Uden slags", "Of no kind"),
    "votes_row": ("{name}: bedst {won} af {asked} gange", "{name}: best {won} of {asked} times"),
    # who answered
    "who_version": ("{name}, version {version}", "{name}, version {version}"),
    "who_chosen": ("Valgt, fordi {reasons}.", "Chosen because {reasons}."),
    "who_example": (
        "spørgsmålet ligner eksemplet “{example}” ({share}\u00a0%)",
        "the question is like the example “{example}” ({share}\u00a0%)",
    ),
    "who_scope": (
        "{share}\u00a0% af det fundne ligger i dens dokumenter",
        "{share}\u00a0% of what was found is in its documents",
    ),
    "who_angle": (
        "dens navn og perspektiv passer til spørgsmålet ({share}\u00a0%)",
        "its name and perspective fit the question ({share}\u00a0%)",
    ),
    "who_nothing": ("ingen af de andre passer bedre", "none of the others fits better"),
    "who_and": ("og", "and"),
    "who_others": ("Andre, der blev vejet: {names}.", "Others that were weighed: {names}."),
    "who_score": ("{name} {share}\u00a0%", "{name} {share}\u00a0%"),
    "who_instead": ("Spørg en anden i stedet", "Ask another one instead"),
    "who_ask": ("Spørg en assistent", "Ask an assistant"),
    "panel_steps": ("Trin", "Steps"),
    "who_step_now": ("i gang", "under way"),
    "who_step_nothing": ("intet svar", "no answer"),
    "choosing": ("Vælger assistent…", "Choosing an assistant…"),
    "step_of": ("Trin {number} af {of}: {name}…", "Step {number} of {of}: {name}…"),
    "cut_off": ("Svaret blev afbrudt", "The answer was cut off"),
    "first_word": ("første ord {seconds} s", "first word {seconds} s"),
    "tokens_per_second": ("{count} tokens/s", "{count} tokens/s"),
    "cost_of": ("{cost} {currency}", "{cost} {currency}"),
    "cost_free": ("gratis", "free"),
    "angle_did": ("Hvad gjorde vinklen?", "What did the angle do?"),
    # a liked answer
    "example_of": ("Brug som eksempel for {name}", "Use as an example for {name}"),
    "example_new": ("Lav en ny assistent ud fra svaret", "Make a new assistant from it"),
    "example_liked": ("Brug svaret som eksempel", "Use the answer as an example"),
}
