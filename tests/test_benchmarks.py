"""The benchmark runs on few words without any other pipeline, and its figures are those of the results."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import nlpcore
from nlpcore.pipeline.trainable_pipe import fill_model

ROOT = Path(__file__).parents[1]
if not (ROOT / "benchmarks" / "__main__.py").is_file():
    pytest.skip("the benchmarks are not here", allow_module_level=True)
sys.path.append(str(ROOT))  # behind everything else: nlpcore itself is the installed one

from benchmarks import averaged_teacher, flat_memory, measure, pictures, report, texts  # noqa: E402
from benchmarks.__main__ import main  # noqa: E402
from benchmarks.results import Bar, Results, bars, best_batch, best_kernels, median, ratio, trusted  # noqa: E402


def record(part, variant, repeat=0, **values):
    return {"part": part, "variant": variant, "repeat": repeat, "values": values}


# -- texts --------------------------------------------------------------------------------------------------


def test_documents_are_what_empty_lines_part(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\nOne.\n Two. \n\n\nThree.\n")
    assert list(texts.documents(path)) == ["One.\n\nTwo.", "Three."]


def test_no_text_comes_twice():
    given = ["One  text.", "one text", "ONE, text!", "Another text.", "...", ""]
    assert list(texts.distinct(given)) == ["One  text.", "Another text."]


def test_texts_are_chosen_once_and_the_same_each_time():
    pool = [f"text number {i} here" for i in range(200)]
    chosen = texts.choose([*pool, *pool], words=400, warm_up=20)
    assert len(chosen["warm"]) == 20
    assert len(chosen["measured"]) == 100
    assert len({*chosen["warm"], *chosen["measured"]}) == 120
    assert chosen == texts.choose(pool, words=400, warm_up=20)
    assert chosen["measured"] != sorted(chosen["measured"])
    with pytest.raises(SystemExit, match="800 words"):
        texts.choose(pool, words=1000, warm_up=0)


def test_long_texts_are_cut_at_blanks():
    words = [f"word{i}" for i in range(500)]
    cut = texts.of_length([" ".join(words[:100]), " ".join(words[100:])], length=60, total=600)
    assert len(cut) == 10
    assert all(45 <= len(text) <= 60 for text in cut)
    assert " ".join(cut).split() == words[: len(" ".join(cut).split())]


def test_new_words_are_all_different():
    source = flat_memory.words()
    found = [next(source) for _ in range(20_000)]
    assert len({word.casefold() for word in found}) == len(found)
    assert len({len(word) for word in found}) > 8
    assert 0.2 < sum(not word.isascii() for word in found) / len(found) < 0.8


# -- numbers ------------------------------------------------------------------------------------------------


def test_medians_and_ratios():
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert median([]) is None
    assert ratio(6.0, 2.0) == 3.0
    assert ratio(None, 2.0) is None
    assert ratio(6.0, 0) is None


def test_a_bar_is_met_or_not_or_was_not_measured():
    assert Bar("", 4.0, 4.0).met is True
    assert Bar("", 4.0, 3.99).met is False
    assert Bar("", 0.5, 0.5, most=True).met is False
    assert Bar("", 0.5, 0.49, most=True).met is True
    assert Bar("", 4.0, None).met is None


def test_bars_come_from_the_results():
    seconds = {"nlpcore-1": (10, 30, 20), "nlpcore-2": (10,), "spacy-best-1": (80,), "spacy-best-2": (50,)}
    records = [
        record("pipeline", variant, i, words=1000, seconds=value, peak_bytes=len(variant) * 10)
        for variant, values in seconds.items()
        for i, value in enumerate(values)
    ]
    records += [
        record("tokenizer", "nlpcore", tokens=4_000_000, seconds=1),
        record("tokenizer", "spacy", tokens=500_000, seconds=1),
        record("stages", "nlpcore", shares={"tok2vec": 0.65}),
        record("start", "numpy", numpy=0.05, **{"import": 0.06}),
        record("start", "nlpcore", sentence=0.1),
        record("start", "spacy", sentence=0.7),
    ]
    found = bars(Results(records), cores=2)
    assert [(bar.value, bar.met) for bar in found[:3]] == [(4.0, True), (2.0, True), (5.0, True)]
    by_name = {bar.what.split(",")[0]: bar for bar in found}
    assert by_name["tok2vec"].value == pytest.approx(65)
    # Five times spaCy's is more than 1.2 million.
    assert by_name["tokenizer"].limit == pytest.approx(2.5)
    assert by_name["tokenizer"].met
    assert found[-1].value == pytest.approx(7)
    assert not found[-1].met
    assert {bar.met for bar in bars(Results([]), cores=2)} == {None}


def test_spacy_is_judged_by_what_is_fastest_for_it():
    records = [
        record("pipeline", variant, words=1000, seconds=seconds)
        for variant, seconds in {"nlpcore-1": 10, "spacy-best-1": 40, "spacy-installed-1": 25}.items()
    ]
    assert bars(Results(records), cores=1)[0].value == 2.5
    kernels = [
        record("kernels", kind, words=10, seconds=s) for kind, s in {"installed": 3, "6": 1, "3": 2}.items()
    ]
    assert best_kernels(Results(kernels)) == "6"
    assert best_kernels(Results([])) == "installed"
    batches = [
        record("batches", size, words=10, seconds=s, cpu_seconds=c)
        for size, s, c in [("16", 1, 3), ("64", 5, 2), ("256", 5, 4)]
    ]
    assert best_batch(Results(batches)) == 64  # of CPU time, whatever else the machine did


def test_memory_is_judged_by_the_leanest_of_spacy_s_runs():
    peaks = {"nlpcore-1": 40, "spacy-best-1": 200, "spacy-lean-1": 100, "spacy-best-2": 60}
    records = [
        record("pipeline", variant, words=1, seconds=1, peak_bytes=peak) for variant, peak in peaks.items()
    ]
    assert next(b for b in bars(Results(records), 1) if "peak memory" in b.what).value == 0.4


def test_a_share_above_the_peak_makes_all_shares_void():
    sound = record("stages", "nlpcore", shares={"tok2vec": 0.7, "tagger": 0.2})
    odd = record("stages", "nlpcore", shares={"tok2vec": 0.7, "tagger": 1.4})
    assert trusted(Results([sound]))
    assert not trusted(Results([sound, odd]))
    assert next(b for b in bars(Results([sound, odd]), 1) if "tok2vec" in b.what).met is None


# -- measuring ----------------------------------------------------------------------------------------------


@pytest.fixture
def runner(tmp_path):
    """A script that notes that it ran."""
    path = tmp_path / "runner.py"
    path.write_text(
        "import json, sys\n"
        "given = json.loads(sys.argv[1])\n"
        "if given.get('fail'): sys.exit('it went wrong')\n"
        "print('chatter')\n"
        f"open({str(tmp_path / 'log')!r}, 'a').write(given['name'])\n"
        "print(json.dumps({'value': 1}))\n"
    )
    return path


def tasks(runner, **more):
    return [
        measure.Task("part", name, str(runner), arguments={"name": name}, repeats=2, **more) for name in "AB"
    ]


def test_variants_alternate_and_a_run_goes_on_where_it_was(runner, tmp_path):
    log, kept = tmp_path / "log", tmp_path / "results.jsonl"
    found = measure.measure(tasks(runner), measure.Store(kept), say=lambda _: None)
    assert log.read_text() == "ABAB"
    assert [(r["variant"], r["repeat"]) for r in found] == [("A", 0), ("B", 0), ("A", 1), ("B", 1)]
    lines = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join(lines[:3]))
    again = measure.measure(tasks(runner), measure.Store(kept), say=lambda _: None)
    assert log.read_text() == "ABABB"
    assert [r["values"] for r in again] == [{"value": 1}] * 4
    measure.measure(tasks(runner, build="other"), measure.Store(kept), say=lambda _: None)
    assert log.read_text() == "ABABBABAB"  # results of other code do not count


def test_a_runner_that_fails_is_named(runner):
    task = measure.Task("part", "A", str(runner), arguments={"fail": True})
    with pytest.raises(measure.Failed, match="part/A ended with 1: it went wrong"):
        measure.run(task)


# -- report -------------------------------------------------------------------------------------------------


def test_pictures_are_sound():
    tree = ElementTree.fromstring(pictures.bars("A < B", [("a & b", 2.0, "2", True), ("c", 1.0, "1", False)]))
    widths = [float(r.get("width")) for r in tree.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.01)


def test_what_was_not_measured_is_not_in_the_tables():
    assert report.pipeline_section(Results([])) == []
    assert report.number(None) == report.MISSING
    assert "not measured" in report.bars_table([Bar("x", 1.0, None)])
    assert "**not met**" in report.bars_table([Bar("x", 1.0, 0.5)])


def test_the_whole_benchmark_on_a_few_lines(tmp_path, capsys):
    data = tmp_path / "data"
    data.mkdir()
    lines = [
        f"In {1000 + i}, Ann Smith sold {i} books to a shop in Oslo; nobody knew why." for i in range(60)
    ]
    (data / "a.txt").write_text("\n\n".join(lines), encoding="utf8")
    arguments = ["--data", str(data), "--quick", "--only", "nlpcore", "--words", "300"]
    arguments += ["--parts", "pipeline,tokenizer,stages,start", "--results", str(tmp_path / "r.jsonl")]
    assert main([*arguments, "--write", str(tmp_path / "docs")]) == 0
    page = (tmp_path / "docs" / "benchmarks.md").read_text(encoding="utf8")
    assert page in capsys.readouterr().out
    records = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert {r["part"] for r in records} == {"pipeline", "tokenizer", "stages", "start"}
    speed = next(r["values"] for r in records if r["variant"] == "nlpcore-1")
    assert speed["words"] >= 300
    assert f"{speed['words'] / speed['seconds']:,.0f}" in page
    for name in report.draw(Results(records)):
        assert (tmp_path / "docs" / name).is_file()
        assert f"({name})" in page
    assert str(tmp_path) not in page


def flat(**arguments):
    script = str(ROOT / "benchmarks" / "flat_memory.py")
    return measure.run(measure.Task("flat", "nlpcore-1", script, arguments={"threads": 1, **arguments}))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_memory_of_a_short_stream_and_of_a_text():
    flow = flat(tokens=1000, warm_up=500)
    assert flow["tokens"] >= 1500
    assert flow["rise"] < flat_memory.RISE
    one = flat(size=5000)
    assert one["bytes"] >= 5000
    assert one["doc"] > one["tokens"] * 100
    assert one["working"] == one["peak_rise"] - one["doc"]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_the_memory_proof_by_itself(monkeypatch, capsys):
    arguments = ["--tokens", "300", "--warm-up", "300", "--megabytes", "0.005", "--threads", "1"]
    monkeypatch.setattr(sys, "argv", ["flat_memory.py", *arguments])
    assert flat_memory.main() == 0
    assert "rise after the warm-up" in capsys.readouterr().out
    monkeypatch.setattr(flat_memory, "WORKING", -1e12)
    assert flat_memory.main() == 1


# -- averaged models ----------------------------------------------------------------------------------------


def test_the_mean_of_models_has_the_mean_of_each_parameter():
    models = [nlpcore.load("en_core_web_sm") for _ in range(2)]
    before = {name: value.copy() for name, value in models[0].get_pipe("tagger").parameters().items()}
    tagger = models[1].get_pipe("tagger")
    tagger.network()
    fill_model(tagger.require_model(), {name: value + 2 for name, value in before.items()})
    mean = averaged_teacher.average(models)
    for name, value in mean.get_pipe("tagger").parameters().items():
        np.testing.assert_allclose(value, before[name] + 1, rtol=1e-6)
    unchanged = nlpcore.load("en_core_web_sm").get_pipe("parser").parameters()
    for name, value in mean.get_pipe("parser").parameters().items():
        np.testing.assert_array_equal(value, unchanged[name])
