"""English abbreviations written with a full stop that belongs to them."""

from __future__ import annotations

TITLES = (
    "Mr Mrs Ms Messrs Mx Dr Drs Prof Profs Rev Fr Sr Jr St Ste Hon Esq Gov Sen Sens Rep Reps Pres Gen Lt "
    "Col Maj Capt Cpl Sgt Cmdr Adm Pvt Brig Supt Det Insp Amb Atty Mt Ft Pt "
)

MONTHS = "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"

DAYS = "Mon Tue Tues Wed Weds Thu Thur Thurs Fri Sat Sun"

FIRMS = "Inc Corp Co Cos Ltd Bros Assn Assoc Dept Univ Intl Mfg"

STATES = (
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ia Ill Ind Kan Kans Ky La Md Mass Mich Minn Miss Mo Mont Neb "
    "Nebr Nev Okla Ore Penn Pa Tenn Tex Va Vt Wash Wis Wyo "
)

PLACES = "Ave Blvd Rd Hwy Ln Ct Pl Sq Bldg Apt Ste Rte"

LATIN = "i.e e.g etc al cf vs v viz ca c.f et.al"

MISC = (
    "No Nos no nos vol vols Vol Vols pp p Fig Figs fig figs Ed eds ed Eds est Est approx Approx dept ext "
    "Ext Tel tel Ph attn Attn incl excl misc min max hr hrs mins sec secs yr yrs mo mos wk wks lb lbs oz "
    "ft sq cu gal qt pt mi tbsp tsp temp apt ave blvd jr sr inc co corp ltd dr mr mrs ms prof Art art Sec "
    "Ch ch Op op ref Ref para Para Spec spec Arrv arrv lv Mob "
)

DOTTED = "a.m p.m A.M P.M U.S U.K U.N o.k O.K"

GROUPS = (TITLES, MONTHS, DAYS, FIRMS, STATES, PLACES, LATIN, MISC, DOTTED)
