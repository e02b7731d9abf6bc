"""What the documentation says about the bundled model is what its metadata says."""

import importlib.util
from pathlib import Path

import pytest

from nlpcore.models.info import card as metadata
from nlpcore.models.installed import bundled

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "benchmarks" / "model_card.py"

pytestmark = pytest.mark.skipif(not SCRIPT.is_file(), reason="the benchmarks are not here")

META = {
    "lang": "en",
    "name": "toy",
    "version": "1.2.3",
    "nlpcore_version": ">=1.0.0,<1.1.0",
    "bytes": 1_500_000,
    "parameters": 12_345,
    "license": "CC BY 4.0",
    "components": ["tok2vec", "ner"],
    "labels": {"ner": ["PER", "A|B"]},
    "performance": {"Words": 99.04, "LAS": 80.0, "ents_PER_f": 50.0, "ents_f": 50.0, "ents_p": 60.0},
    "sources": [
        {"name": "Corpus", "url": "https://example.org", "author": "Someone", "license": "CC BY 4.0"}
    ],
}


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("model_card", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_card_has_name_scores_and_sources(script):
    text = script.card(META)
    assert text.startswith("# en_toy 1.2.3\n")
    assert "| 99.0 | 80.0 | 50.0 |" in text
    assert "| PER | – | – | 50.0 |" in text
    assert r"`A\|B`" in text
    assert "| [Corpus](https://example.org) | Someone | CC BY 4.0 |" in text


def test_a_card_without_scores_and_sources_says_nothing_about_them(script):
    text = script.card({**META, "performance": {}, "sources": None})
    assert "Scores" not in text
    assert "licences" not in text


def test_the_tables_of_a_readme_are_replaced(script):
    readme = "a\n<!-- scores: x -->\nold\n<!-- end of scores -->\nb\n<!-- data: x -->\n<!-- end of data -->\n"
    text = script.with_tables(readme, META)
    assert "old" not in text
    assert "Corpus" in text
    assert script.with_tables(text, META) == text
    with pytest.raises(ValueError, match="scores"):
        script.with_tables("nothing", META)


@pytest.mark.parametrize("name", sorted(bundled()))
def test_the_pages_are_those_of_the_bundled_model(script, name):
    meta = metadata(name)
    assert (ROOT / "docs" / "models" / f"{name}.md").read_text(encoding="utf8") == script.card(meta)
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    assert script.with_tables(readme, meta) == readme
