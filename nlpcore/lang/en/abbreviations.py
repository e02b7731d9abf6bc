"""English abbreviations written with a full stop that belongs to them (left out here)."""

from __future__ import annotations

# With their full stop wherever they stand.
TITLES = """
    Mr Mrs Ms Messrs Mx Dr Drs Prof Profs Rev Fr Sr Jr St Ste Sts Mt Ft Pt Hon Esq Gov Govs Sen Sens Rep
    Reps Pres Gen Lt Col Maj Capt Cpl Sgt Cmdr Adm Pvt Brig Supt Det Insp Amb Atty Mme Mlle dr mr mrs ms
    prof jr sr
"""
MONTHS = "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
DAYS = "Mon Tue Tues Wed Weds Thu Thur Thurs Fri"
FIRMS = "Inc Corp Co Cos Ltd Bros Assn Dept Univ Intl Mfg inc corp ltd dept"
STATES = """
    Ala Ariz Ark Calif Colo Conn Fla Ga Ia Ill Ky La Md Mich Minn Mo Mont Neb Nebr Nev Okla Ore Penn
    Tenn Tex Va Vt Wyo Que Ont
"""
PLACES = "Ave Blvd Rd Hwy Bldg Apt Rte ave blvd"
LATIN = "i.e e.g I.e E.g cf vs v viz et.al a.k.a c.f eg ie esp Esp"
DOTTED = "a.m p.m A.M P.M Ph.D M.Sc B.Sc M.Phil D.Phil Ph.Ds Ass't Int'l Nat'l Dep't"
TRADE = """
    approx Approx ext attn Attn incl excl misc temp Arrv arrv lv Mob Tel tel Ph tbsp tsp Conf Ref Assoc
"""
ALWAYS = (TITLES, MONTHS, DAYS, FIRMS, STATES, PLACES, LATIN, DOTTED, TRADE)

# With their full stop only before a number: "No. 5", but "No."
BEFORE_NUMBER = """
    No Nos no nos Art Arts art arts Fig Figs fig figs Vol Vols vol vols Ch ch Sec Secs sec Para Paras
    para Ed ed est Op op Sc pp Sp div
"""

# With their full stop unless a sentence seems to end with them: a capital or the end of the line follows.
WITHIN_SENTENCE = "etc al yr yrs hr hrs min mins secs lb lbs oz mo mos wk wks"

# With their full stop unless the line ends with them.
WITHIN_LINE = "Sun Sat Wash Mass Miss Del Ind Kan Pa Wis"
