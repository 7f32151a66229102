"""Abbreviations of Danish, Norwegian and English, casefolded and without their last full stop, by what follows them.

The languages share one list: documents mix them, and few of these mean something else in another one.
"""

from rag.core.text import months


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPEN = _listed("""
a.k.a adm adr afd alm ang ansv approx art.nr avd bl.a ca cand cand.jur cand.mag cand.med cand.polit cand.psych
cand.scient cf civ.ing d.v.s dept dir div dr dr.med dr.phil dss dvs e.g ekskl eventl evt excl exkl f.eks f.ex f.x
feks fr frk fx g.m gov henh hhv hr i.e i.f.m i.f.t i.h.t ie iflg ifm ift iht incl indb inkl j.nr jf jfr kgl kl lic
lok m.a m.a.o m.h.p m.h.t m.s.p mgr mhp mht mr mrs ms mvh n.n nuv obs opr overf p.g.a p.t pga pr prof pt ref rev
s.h.t s.k sgt skt sml st statsaut stud særl t.d t.eks t.ex tilsv uafh udg undt v.a v.s vedk vedr veiled vs årg øvr
""")
"""Something belonging to them always follows: "f.eks. Danmark", "jf. Retsplejeloven", "Dr. Jensen"."""

NUMBERED = _listed("""
afs art bd ch chap eq fig figs kap kap.nr kbh lit no nos nr nre p pkt pp s sec sect sp stk tab tel tlf vol §
""")
"""A number, a letter or a Roman numeral belongs to them; without one they are words or may end a sentence."""

CLOSING = _listed("""
a.m apr aug bl.m cm d.d d.m d.s d.å dec des dg dgl dgr dl ds ds.å e.kr e.l e.lign el.lign etc f.kr f.o.m feb febr
fre fri g gl gns gr h ha hk i.a ib ibid jan jr jul juli jun kbm kg km km/t kr kvm kvt l lb lbs lejl lør m m.fl m.m
m.v maks mar max md mdr mfl mia mill min mio ml mm mnd mndr mon mrd mv n.å nov o.a o.fl o.l o.lign o.m o.m.a o.s.fr
o.s.v oa oct okt ol ons osb osv p.m pct pers pk prs q.e.d s.d s.u sat sek sen sep sept sml sr stk sun søn t t.h
t.o.m t.v tdr thu thur thurs tir tirs tor tors tsk tue tues u.å ugtl v.h.a w wed yr yrs årl
""")
"""They end a sentence where another one begins after them: "sæbe osv. Vi har resten", "20 stk. De koster"."""

NAMED = _listed("""
al ave blvd bros co corp d.c e.u inc jr ltd mfg mt ph.d plc sr u.k u.n u.s u.s.a univ
""")
"""As `CLOSING`, but a name may follow, so that only a function word tells a new sentence: "Acme Inc. It was"."""

_ORDINALS = _listed("""
division etage halvdel halvleg halvår juledag klasse kvartal pinsedag påskedag sal verden verdenskrig årgang
""")


def follows_ordinal(word: str) -> bool:
    """Whether an ordinal before a casefolded noun belongs to it, even if the noun has a capital: "2. Verdenskrig"."""
    return word in _ORDINALS or word in months.full()


HANGING = _listed("""
a about af an and are at av ble blev bliver by ca cirka da den der det efter eller en er et etter for fra from frå
før gjennom har hos i in inden innen is kl klokka klokken koster med mellem mellom mindst minst mod mot nummer når
og om omkring on or over per pr på samt side som than the til to udgør uge uke um under var ved via was were with
""")
"""Words that hardly end a line on purpose where a number begins the next one: "Prisen er" / "1.250 kr."."""
