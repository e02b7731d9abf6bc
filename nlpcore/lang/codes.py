"""ISO 639 codes of the languages that have no module of their own here, and how they are written."""

from __future__ import annotations

_NAMES = """
    ab Abkhazian|aa Afar|af Afrikaans|ak Akan|sq Albanian|am Amharic|ar Arabic|an Aragonese|hy Armenian
    as Assamese|av Avaric|ae Avestan|ay Aymara|az Azerbaijani|bm Bambara|ba Bashkir|eu Basque
    be Belarusian|bn Bengali|bi Bislama|bs Bosnian|br Breton|bg Bulgarian|my Burmese|ca Catalan
    ch Chamorro|ce Chechen|ny Chichewa|zh Chinese|cu Slavonic|cv Chuvash|kw Cornish|co Corsican|cr Cree
    hr Croatian|cs Czech|da Danish|dv Divehi|nl Dutch|dz Dzongkha|en English|eo Esperanto|et Estonian
    ee Ewe|fo Faroese|fj Fijian|fi Finnish|fr French|fy Frisian|ff Fulah|gd Gaelic|gl Galician|lg Ganda
    ka Georgian|de German|el Greek|kl Greenlandic|gn Guarani|gu Gujarati|ht Haitian|ha Hausa|he Hebrew
    hz Herero|hi Hindi|ho Hiri|hu Hungarian|is Icelandic|io Ido|ig Igbo|id Indonesian|ia Interlingua
    ie Interlingue|iu Inuktitut|ik Inupiaq|ga Irish|it Italian|ja Japanese|jv Javanese|kn Kannada
    kr Kanuri|ks Kashmiri|kk Kazakh|km Khmer|ki Kikuyu|rw Kinyarwanda|ky Kyrgyz|kv Komi|kg Kongo
    ko Korean|kj Kuanyama|ku Kurdish|lo Lao|la Latin|lv Latvian|li Limburgan|ln Lingala|lt Lithuanian
    lu Luba|lb Luxembourgish|mk Macedonian|mg Malagasy|ms Malay|ml Malayalam|mt Maltese|gv Manx|mi Maori
    mr Marathi|mh Marshallese|mn Mongolian|na Nauru|nv Navajo|nd Ndebele|ng Ndonga|ne Nepali
    no Norwegian|nb Bokmål|nn Nynorsk|oc Occitan|oj Ojibwa|or Oriya|om Oromo|os Ossetian|pi Pali
    ps Pashto|fa Persian|pl Polish|pt Portuguese|pa Punjabi|qu Quechua|ro Romanian|rm Romansh|rn Rundi
    ru Russian|se Sami|sm Samoan|sg Sango|sa Sanskrit|sc Sardinian|sr Serbian|sn Shona|sd Sindhi
    si Sinhala|sk Slovak|sl Slovenian|so Somali|st Sotho|es Spanish|su Sundanese|sw Swahili|ss Swati
    sv Swedish|tl Tagalog|ty Tahitian|tg Tajik|ta Tamil|tt Tatar|te Telugu|th Thai|bo Tibetan
    ti Tigrinya|to Tonga|ts Tsonga|tn Tswana|tr Turkish|tk Turkmen|tw Twi|ug Uighur|uk Ukrainian|ur Urdu
    uz Uzbek|ve Venda|vi Vietnamese|vo Volapük|wa Walloon|cy Welsh|wo Wolof|xh Xhosa|ii Sichuan
    yi Yiddish|yo Yoruba|za Zhuang|zu Zulu|grc Greek, ancient|dsb Sorbian, lower|hsb Sorbian, upper
    lij Ligurian|fil Filipino|hbo Hebrew, ancient|ckb Kurdish, central|arz Arabic, Egyptian
    yue Cantonese|gsw German, Swiss|nds German, low|scn Sicilian|vec Venetian|ast Asturian|ceb Cebuano
    haw Hawaiian|kmr Kurdish, northern|lzh Chinese, literary|sah Yakut|udm Udmurt|myv Erzya|mdf Moksha
    olo Livvi|krl Karelian|sme Sami, northern|got Gothic|cop Coptic|swl Swedish sign|pcm Naijá
    wbp Warlpiri|bxr Buryat|akk Akkadian|bho Bhojpuri|tpi Tok Pisin
"""

LANGUAGES: dict[str, str] = {
    code: name
    for line in _NAMES.split("\n")
    for entry in line.split("|")
    if entry.strip()
    for code, _, name in [entry.strip().partition(" ")]
}
"""Code -> name in English."""

RIGHT_TO_LEFT = frozenset("ar arz ckb dv fa he hbo ps sd ug ur yi ks".split())  # noqa: SIM905
_CASELESS = """
    am bn bo dz gu hi ja ka kn km ko lo lzh ml mr my ne or pa sa si ta te th ti yue zh iu cr ii bho as akk
"""
WITHOUT_CASE = RIGHT_TO_LEFT | frozenset(_CASELESS.split())
WITHOUT_LETTERS = frozenset("ja lzh yue zh".split())  # noqa: SIM905


def writing_system(code: str) -> dict[str, object]:
    """Direction of the script, whether it has capital letters, and whether it has letters."""
    return {
        "direction": "rtl" if code in RIGHT_TO_LEFT else "ltr",
        "has_case": code not in WITHOUT_CASE,
        "has_letters": code not in WITHOUT_LETTERS,
    }
