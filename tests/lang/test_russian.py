"""Tokens of Russian, as the Taiga treebank cuts them."""

import pytest

import nlpcore


@pytest.fixture(scope="module")
def tokens():
    tokenizer = nlpcore.blank("ru").tokenizer
    return lambda text: [token.text for token in tokenizer(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Кто-то пришёл из-за угла.", "Кто-то пришёл из-за угла ."),
        ("«Сен-Мерри», сказал он", "« Сен-Мерри » , сказал он"),
        ("в 2004 г. и в XIX в. было", "в 2004 г. и в XIX в. было"),
        ("И т. д. и т. п.", "И т. д. и т. п."),
        ("Привет:) Ура)))", "Привет :) Ура )))"),
        ("Что?! Нет!..", "Что ?! Нет !.."),
        ("#море #сочи_2018 @screened-200", "#море #сочи_2018 @screened-200"),
        ("14100₽/сутки", "14100 ₽ / сутки"),
        ("5-6 дней, 90-е годы, -2", "5 - 6 дней , 90-е годы , - 2"),
        ("😍😍😍 красиво", "😍😍😍 красиво"),
        ("см. https://www.roi.ru/42375/ и a@b.ru", "см. https://www.roi.ru/42375/ и a@b.ru"),
    ],
)
def test_words(tokens, text, words):
    assert tokens(text) == words.split()


def test_the_class_is_russian_and_a_pipeline_of_it_is_stored():
    nlp = nlpcore.blank("ru")
    nlp.add_pipe("sentencizer")
    again = nlpcore.blank("ru")
    again.add_pipe("sentencizer")
    again.from_bytes(nlp.to_bytes())
    assert type(again).__name__ == "Russian"
    assert [t.text for t in again("Кто-то, где-то.")] == ["Кто-то", ",", "где-то", "."]
