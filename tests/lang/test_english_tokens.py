"""English tokens and norms, as the English Web Treebank splits them, and elsewhere as spaCy does."""

import os
from pathlib import Path

import pytest

import nlpcore
from nlpcore.lang.en import EnglishDefaults
from nlpcore.tokenizer import create_tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    return create_tokenizer(None, EnglishDefaults)


def tokens(tokenizer, text):
    starts, lengths, _, _ = tokenizer.offsets(text)
    spans = zip(starts.tolist(), lengths.tolist(), strict=True)
    return [text[s : s + n] for s, n in spans if not text[s : s + n].isspace()]


# Each line: the text, then its tokens.
CASES = """
don't | do n't
DON’T | DO N’T
can't, won't | ca n't , wo n't
cannot | can not
I'm you're they've he'll she'd | I 'm you 're they 've he 'll she 'd
She'd've | She 'd 've
it's John's boys' | it 's John 's boys '
let's gonna wanna gotta | let 's gon na wan na got ta
dont im thats | do nt i m that s
its its a | its it s a
y'all 'em | y' all 'em
the 1990's and '90s, 1980s | the 1990's and '90s , 1980s
Mr. Smith vs. Dr. Who | Mr. Smith vs. Dr. Who
U.S. U.K.'s D.C. | U.S. U.K. 's D.C.
apples, pears, etc. are | apples , pears , etc. are
He ate etc. | He ate etc .
No. 5? No. | No. 5 ? No .
at 5 p.m. 10:30am 5pm 7p.m. | at 5 p.m. 10:30 am 5 pm 7 p.m.
5km 10kg 3.5GB 100mph | 5 km 10 kg 3.5 GB 100 mph
$5 €10 5€ US$5 20% $3M | $ 5 € 10 5 € US$ 5 20 % $ 3 M
well-known state-of-the-art | well - known state - of - the - art
e-mail non-US anti-war mid-1990s re-use | e-mail non-US anti-war mid-1990s re-use
-for | - for
5-10 2010–2012 pages | 5 - 10 2010 – 2012 pages
713-853-3989 (555) 555-1234 +1-555-123-4567 | 713-853-3989 ( 555 ) 555-1234 +1-555-123-4567
10/31/2000 2020-01-05 9/11 1/2 | 10/31/2000 2020-01-05 9/11 1 / 2
and/or he/she w/o | and / or he / she w/o
AT&T R&D PG&E | AT&T R&D PG&E
wait...what -- yes—no… | wait ... what -- yes — no …
"Hi," (he) said. | " Hi , " ( he ) said .
``quoted'' ‘single’ “double” | `` quoted '' ‘ single ’ “ double ”
http://a.com/b-c?d=e. (www.x.org/y) | http://a.com/b-c?d=e . ( www.x.org/y )
<a.b-c@d.com>, see:http://x.com/y | < a.b-c@d.com > , see : http://x.com/y
my-file_2.txt report.pdf | my-file_2.txt report.pdf
#1 #tag @user | # 1 # tag @user
:) ;-) :( :D <3 ^_^ hi:) | :) ;-) :( :D <3 ^_^ hi :)
(text): | ( text ) :
What?! No!! ??? | What ?! No !! ???
👩‍👩‍👧 👍🏽👍🏽 🇩🇪🇫🇷 ok😀ok | 👩‍👩‍👧 👍🏽 👍🏽 🇩🇪 🇫🇷 ok 😀 ok
a,b end.Next yes!no x;y | a , b end . Next yes ! no x ; y
==== -----> *** ~~~~ | ==== -----> *** ~~~~
rock'n'roll O'Brien ma'am o'clock | rock'n'roll O'Brien ma'am o'clock
20°C 75°F | 20 ° C 75 ° F
1st 2nd 23rd 10th | 1st 2nd 23rd 10th
""".strip().splitlines()


@pytest.mark.parametrize("case", CASES)
def test_cases(tokenizer, case):
    text, _, expected = case.rpartition(" | ")
    assert tokens(tokenizer, text) == expected.split(" ")


def norms(tokenizer, text):
    return [token.norm_ for token in nlpcore.blank("en")(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("can't", ["can", "not"]),
        ("won’t", ["will", "not"]),
        ("Don't", ["do", "not"]),
        ("dont", ["do", "not"]),
        ("I'm we're they've he'll", ["i", "am", "we", "are", "they", "have", "he", "will"]),
        ("gonna", ["going", "to"]),
        ("“Hi”—it’s…", ['"', "hi", '"', "-", "it", "'s", "..."]),
        ("'em", ["them"]),
        ("Let's", ["let", "us"]),
    ],
)
def test_norms(tokenizer, text, expected):
    assert norms(tokenizer, text) == expected


def test_no_special_case_loses_a_character():
    for text, pieces in EnglishDefaults.tokenizer_data.specials.items():
        assert "".join(orth for orth, _ in pieces) == text


@pytest.mark.parametrize(("file", "floor"), [("en_ewt-ud-dev.conllu", 99.2), ("en_gum-ud-dev.conllu", 99.5)])
def test_agrees_with_the_treebank(tokenizer, file, floor):
    folder = os.environ.get("NLPCORE_DATA")
    paths = sorted(Path(folder).glob(f"*/{file}")) if folder else []
    if not paths:
        pytest.skip("NLPCORE_DATA names no folder with the treebanks")
    from nlpcore.training.conllu import read_conllu

    n_gold = n_ours = n_right = 0
    for document in read_conllu(str(paths[0])):
        gold = {span for s in document.sentences for span in zip(s.starts, s.ends, strict=True)}
        starts, lengths, _, _ = tokenizer.offsets(document.text)
        ours = {(s, s + n) for s, n in zip(starts.tolist(), lengths.tolist(), strict=True)}
        ours = {(s, e) for s, e in ours if not document.text[s:e].isspace()}
        n_gold += len(gold)
        n_ours += len(ours)
        n_right += len(gold & ours)
    assert 200 * n_right / (n_gold + n_ours) >= floor


def test_words_that_begin_with_an_apostrophe_in_all_cases():
    nlp = nlpcore.blank("en")
    assert [token.text for token in nlp("'Cause 'Em 'Tis")] == ["'Cause", "'Em", "'T", "is"]
    assert [token.text for token in nlp("Yahoo!'s mail")] == ["Yahoo!", "'s", "mail"]
