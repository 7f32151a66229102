"""Words of what an angle did to an answer, and who answered. key: (Danish, English)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # what the angle did
    "angle_title": ("Hvad gjorde vinklen?", "What did the angle do?"),
    "angle_explained": (
        "Samme spørgsmål og samme tekststeder, besvaret uden og med assistentens vinkel: så ses det, hvad der kommer"
        " fra kilderne, hvad der kommer fra vinklen, og hvad der ikke kommer fra nogen af dem.",
        "The same question and the same passages, answered without and with the assistant’s perspective: so one sees"
        " what comes from the sources, what comes from the perspective, and what comes from neither.",
    ),
    "angle_unknown": (
        "Der er intet svar på denne adresse. Det kan være slettet.",
        "There is no answer at this address. It may have been deleted.",
    ),
    "angle_not_running": (
        "Svaret er stadig på vej. Kom tilbage, når det er færdigt.",
        "The answer is still being made. Come back when it is done.",
    ),
    "angle_not_no_assistant": (
        "Der var ingen assistent på dette svar, så der er ingen vinkel at tage væk. Vælg en assistent under"
        " spørgefeltet, og spørg igen.",
        "No assistant gave this answer, so there is no perspective to take away. Choose an assistant below the question"
        " field, and ask again.",
    ),
    "angle_not_no_answer": (
        "Dokumenterne gav intet svar, så der er intet at sammenligne. Spørg på en anden måde, eller tilføj et dokument,"
        " der siger det.",
        "The documents gave no answer, so there is nothing to compare. Ask in another way, or add a document that says"
        " it.",
    ),
    "angle_without": ("Uden vinklen", "Without the angle"),
    "angle_with": ("Med vinklen", "With the angle"),
    "angle_with_name": ("Med vinklen: {name}", "With the angle: {name}"),
    "angle_measure": ("Svar uden vinklen", "Answer without the angle"),
    "angle_again": ("Svar uden vinklen igen", "Answer without the angle again"),
    "angle_offer_written": (
        "Modellen {model} skriver svaret igen ud fra de samme tekststeder, uden vinkel, tone og eksempler. Det tager"
        " omtrent lige så længe som sidst.",
        "The model {model} writes the answer again from the same passages, without perspective, tone or examples. That"
        " takes about as long as last time.",
    ),
    "angle_offer_quotes": (
        "Kilde citerer igen fra de samme tekststeder, som om assistenten intet foretrak. Det tager et øjeblik.",
        "Kilde quotes again from the same passages, as if the assistant preferred nothing. That takes a moment.",
    ),
    "angle_working": ("Svarer uden vinklen…", "Answering without the angle…"),
    "angle_failed": ("Det lykkedes ikke. {reason}", "That did not work. {reason}"),
    "angle_same": (
        "Svarene er ens, ord for ord: her ændrede vinklen intet.",
        "The answers are the same, word for word: here the angle changed nothing.",
    ),
    "angle_same_moved": (
        "De samme sætninger, i en anden rækkefølge.",
        "The same sentences, in another order.",
    ),
    "angle_only_fixed": (
        "Alt andet end de faste tekster er ens, ord for ord.",
        "All but the fixed texts is the same, word for word.",
    ),
    "angle_difference": ("Sætninger: {parts}.", "Sentences: {parts}."),
    "angle_difference_same": ("{count} ens", "{count} the same"),
    "angle_difference_changed": ("{count} med andre ord", "{count} in other words"),
    "angle_difference_left": ("{count} kun uden vinklen", "{count} only without the angle"),
    "angle_difference_right": ("{count} kun med vinklen", "{count} only with the angle"),
    "angle_tone": ("Tone: {tone}", "Tone: {tone}"),
    "angle_quoting": (
        "Citater er dokumenternes egne ord. Vinklen ændrede kun, hvilke tekststeder der kommer først eller slet ikke,"
        " og satte faste tekster omkring; den skrev ikke noget om.",
        "Quotes are the documents’ own words. The perspective changed only which passages come first or not at all, and"
        " put fixed texts around them; it rewrote nothing.",
    ),
    "angle_favoured": ("Kom først på grund af vinklen: {passages}.", "Came first because of the angle: {passages}."),
    "angle_favoured_one": ("kilde {number} ({terms})", "source {number} ({terms})"),
    "angle_avoided": (
        "{count} tekststeder blev udeladt på grund af vinklen. De er heller ikke med til venstre: begge sider har de"
        " samme tekststeder.",
        "{count} passages were left out because of the angle. They are not on the left either: both sides have the same"
        " passages.",
    ),
    "angle_avoided_one": (
        "Ét tekststed blev udeladt på grund af vinklen. Det er heller ikke med til venstre: begge sider har de samme"
        " tekststeder.",
        "One passage was left out because of the angle. It is not on the left either: both sides have the same"
        " passages.",
    ),
    "angle_steps": (
        "Til højre står det endelige svar, efter {count} trin: {names}. Til venstre kun det første trins svar, uden"
        " vinkel.",
        "On the right stands the final answer, after {count} steps: {names}. On the left only the first step’s answer,"
        " without a perspective.",
    ),
    "angle_temperature": (
        "Assistenten svarer med temperatur {temperature}: den samme vinkel kan give andre ord næste gang. Uden vinklen"
        " svares der ved 0.",
        "The assistant answers at a temperature of {temperature}: the same angle can give other words next time."
        " Without the angle, answers are given at 0.",
    ),
    "angle_model_quoted": (
        "Med vinklen fandt modellen ikke svaret; til højre står derfor dokumenternes egne ord.",
        "With the angle the model did not find the answer; on the right are therefore the documents’ own words.",
    ),
    "angle_stopped": ("Du stoppede dette svar, før det var færdigt.", "You stopped this answer before it was done."),
    "angle_cut_off": ("Svaret blev afbrudt, før det var færdigt.", "The answer was cut off before it was done."),
    "angle_nothing": (
        "Uden vinklen sagde modellen, at det ikke står i dokumenterne.",
        "Without the angle the model said that the documents do not say.",
    ),
    "angle_otherwise": (
        "Citater vælges i dag lidt anderledes end dengang; til venstre står, hvad der vælges nu.",
        "Quotes are chosen a little otherwise today than then; on the left is what is chosen now.",
    ),
    "angle_unjudged": (
        "Modellen, der dengang bedømte sætningerne, er her ikke mere: til venstre er de bedømt uden.",
        "The model that judged the sentences then is not here any more: on the left they are judged without it.",
    ),
    "angle_from_sources": ("fra kilderne", "from the sources"),
    "angle_from_sources_partly": ("delvis fra kilderne", "in part from the sources"),
    "angle_from_perspective": ("fra vinklen", "from the perspective"),
    "angle_from_fixed": ("fast tekst, fra vinklen", "fixed text, from the perspective"),
    "angle_from_neither": ("fra ingen af dem", "from neither"),
    "angle_legend": ("Hvor hver sætning kommer fra:", "Where each sentence comes from:"),
    "angle_legend_words": ("andre ord end på den anden side", "other words than on the other side"),
    "angle_count": ("{count} af {all} sætninger fra kilderne", "{count} of {all} sentences from the sources"),
    "angle_count_partly": ("heraf {count} kun delvis", "{count} of these in part only"),
    "angle_count_perspective": ("{count} fra vinklen", "{count} from the perspective"),
    "angle_count_neither": ("{count} fra ingen af dem", "{count} from neither"),
    "angle_no_sentence": ("Intet svar.", "No answer."),
    "angle_perspective": ("Vinklen", "The perspective"),
    "angle_no_perspective": (
        "Assistenten har ingen vinkel i ord.",
        "The assistant has no perspective in words.",
    ),
    "angle_passages": ("Tekststederne, som begge svar har", "The passages that both answers have"),
    "angle_passage_text": ("Vis teksten", "Show the text"),
    "angle_unread": ("ikke læst: ikke plads i modellen", "not read: no room in the model"),
    "angle_show_quote": ("Kilde {number}: vis citatet", "Source {number}: show the quote"),
    "angle_model": ("Svarmodel (den samme for begge)", "Answer model (the same for both)"),
    "angle_took": ("Tog {seconds} s", "Took {seconds} s"),
    "angle_took_speed": ("Tog {seconds} s, {speed} tokens/s", "Took {seconds} s, {speed} tokens/s"),
    "angle_version": ("version {version}", "version {version}"),
    # who answered
    "who": ("Hvem svarede", "Who answered"),
    "who_none": ("Ingen assistent: Kilde svarede, som indstillingerne siger.", "No assistant: as the settings say."),
    "who_assistant": ("Assistent", "Assistant"),
    "who_none_short": ("ingen", "none"),
    "who_scenario": ("Til", "For"),
    "who_tone": ("Tone", "Tone"),
    "who_language": ("Svarets sprog", "Language of the answer"),
    "who_language_da": ("dansk", "Danish"),
    "who_language_en": ("engelsk", "English"),
    "who_chain": ("Gav svaret videre til", "Handed the answer on to"),
    "who_perspective": ("Vis vinklen", "Show the perspective"),
    "router": ("Sådan blev assistenten valgt", "How the assistant was chosen"),
    "router_said": (
        "Hver assistent får fra 0 til 1 for, hvor godt den passer til spørgsmålet. {chosen} passede bedst.",
        "Each assistant gets from 0 to 1 for how well it fits the question. {chosen} fitted best.",
    ),
    "router_fit": ("Passer", "Fit"),
    "router_example": ("Nærmeste eksempel", "Nearest example"),
    "router_no_example": ("har ingen eksempler; vinklen tæller i stedet", "has none; the perspective counts instead"),
    "router_scope": ("Af det, der blev fundet, ligger i dens dokumenter", "Of what was found, within its documents"),
    "router_no_scope": ("alle dokumenter; tæller som 50 %", "all documents; counts as 50 %"),
    "router_angle": ("Lighed med navn og vinkel", "Likeness to its name and perspective"),
    "router_chosen": ("valgt", "chosen"),
    "router_bar": (
        "{name}: {score}, heraf eksempel {example}, dokumenter {scope}, vinkel {angle}",
        "{name}: {score}, of it example {example}, documents {scope}, perspective {angle}",
    ),
    "router_key_example": ("eksempel", "example"),
    "router_key_scope": ("dokumenter", "documents"),
    "router_key_angle": ("vinkel", "perspective"),
    # what it preferred
    "why_avoided": (
        "ikke brugt: assistenten udelader det ({terms})",
        "not used: the assistant leaves it out ({terms})",
    ),
    "why_avoided_unknown": ("ikke brugt: assistenten udelader det", "not used: the assistant leaves it out"),
    "why_favoured": ("kom frem for: {terms}", "moved up for: {terms}"),
    # the prompt and its budget
    "budget": ("Hvad modellens plads gik til", "What the model’s room was used for"),
    "budget_cached": ("læst før", "read before"),
    "budget_read": ("læst nu", "read now"),
    "budget_written": ("skrevet", "written"),
    "budget_free": ("fri", "free"),
    "budget_part": ("{name}: {tokens} tokens", "{name}: {tokens} tokens"),
    "budget_part_estimated": ("{name}: omtrent {tokens} tokens (anslået)", "{name}: about {tokens} tokens (estimated)"),
    "ledger_tokens_estimated": (
        "Omtrent {tokens} tokens (anslået: serveren siger ikke, hvordan den tæller); modellen har plads til {context}.",
        "About {tokens} tokens (estimated: the server does not say how it counts); the model has room for {context}.",
    ),
    "budget_all_in": ("Der var plads til det hele.", "There was room for all of it."),
    "budget_left_out": ("Udeladt, fordi der ikke var plads: {parts}.", "Left out for want of room: {parts}."),
    "left_conversation": ("{count} tidligere spørgsmål", "{count} earlier questions"),
    "left_conversation_one": ("ét tidligere spørgsmål", "one earlier question"),
    "left_examples": ("{count} eksempler", "{count} examples"),
    "left_examples_one": ("ét eksempel", "one example"),
    "left_passages": ("{count} tekststeder", "{count} passages"),
    "left_passages_one": ("ét tekststed", "one passage"),
    "ledger_examples": ("Eksempler, modellen blev vist", "Examples that the model was shown"),
    "ledger_conversation": ("Tidligere spørgsmål og svar, modellen blev vist", "Earlier questions and answers shown"),
    "ledger_no_room": ("ikke plads", "no room"),
    "ledger_prompt_text": ("Vis det hele", "Show all of it"),
    # what the model did
    "used": ("Hvad modellen gjorde", "What the model did"),
    "used_finish": ("Endte", "Ended"),
    "finish_stop": ("da svaret var færdigt", "when the answer was done"),
    "finish_length": (
        "ved grænsen for svarets længde: det kan mangle en slutning",
        "at the limit of an answer’s length: its end may be missing",
    ),
    "finish_stopped": ("fordi du stoppede det", "because you stopped it"),
    "finish_cut": ("for tidligt: det blev afbrudt", "too early: it was cut off"),
    "used_first": ("Til det første ord", "Until the first word"),
    "used_speed": ("Hastighed", "Speed"),
    "used_speed_value": ("{speed} tokens/s", "{speed} tokens/s"),
    "used_prompt": ("Læste", "Read"),
    "used_prompt_value": ("{tokens} tokens", "{tokens} tokens"),
    "used_prompt_cached": ("{tokens} tokens, heraf {cached} fra før", "{tokens} tokens, {cached} of them from before"),
    "used_written": ("Skrev", "Wrote"),
    "used_seconds": ("Tid", "Time"),
    "used_cost": ("Pris", "Cost"),
    # the chain
    "chain": ("Svarets vej gennem kæden", "The answer’s way through the chain"),
    "chain_said": (
        "Hvert trin fik det forrige trins svar og skrev det om. Det sidste trins svar er det, du ser.",
        "Each step got the answer of the one before and worked on it. The last step’s answer is what you see.",
    ),
    "chain_step": ("Trin {number}: {name}", "Step {number}: {name}"),
    "chain_input": ("Fik", "Got"),
    "chain_output": ("Skrev", "Wrote"),
    "chain_prompt": ("Det, modellen fik at læse", "What the model was given to read"),
    "chain_first_prompt": (
        "Hvad modellen læste i dette trin, står ovenfor.",
        "What the model read in this step stands above.",
    ),
    "chain_quoting": (
        "Uden sprogmodel: beholdt kun de sætninger, som kilderne bærer.",
        "Without a language model: kept only the sentences that the sources bear out.",
    ),
    "chain_no_output": ("Intet: svaret blev, som det var.", "Nothing: the answer stayed as it was."),
    "influence_none_steps": (
        "Det kan ikke måles for et svar, der er givet videre fra trin til trin: tekststederne indgår i dem alle.",
        "That cannot be measured for an answer that was handed on from step to step: the passages take part in all.",
    ),
    # the story
    "story_assistant": ("{name} (version {version}) svarede.", "{name} (version {version}) answered."),
    "story_routed": (
        "{name} (version {version}) svarede: af assistenterne passede den bedst til spørgsmålet.",
        "{name} (version {version}) answered: of the assistants it fitted the question best.",
    ),
    "story_favoured": ("Assistenten lod {count} tekststeder komme frem.", "The assistant moved {count} passages up."),
    "story_favoured_one": ("Assistenten lod ét tekststed komme frem.", "The assistant moved one passage up."),
    "story_avoided": ("Assistenten udelod {count} tekststeder.", "The assistant left {count} passages out."),
    "story_avoided_one": ("Assistenten udelod ét tekststed.", "The assistant left one passage out."),
    "story_doubted_assistant": (
        "Det er under grænsen på 50 %, men assistenten svarer ud fra det nærmeste alligevel.",
        "That is below the threshold of 50 %, but the assistant answers from what comes nearest all the same.",
    ),
    "story_steps": (
        "Svaret gik videre gennem {count} trin: {names}.",
        "The answer went on through {count} steps: {names}.",
    ),
    "story_steps_one": ("Svaret gik videre til {names}.", "The answer was handed on to {names}."),
    "story_room_estimated": (
        ", i alt omtrent {tokens} tokens (anslået) af de {context}, den har plads til,",
        ", about {tokens} tokens in all (estimated) of the {context} that it has room for,",
    ),
    "story_perspective": (
        "{count} sætninger taler for vinklen og ikke for dokumenterne.",
        "{count} sentences speak of the perspective and not of the documents.",
    ),
    "story_perspective_one": (
        "Én sætning taler for vinklen og ikke for dokumenterne.",
        "One sentence speaks of the perspective and not of the documents.",
    ),
}
