"""The transformer as a pipeline component: files, training, storage, long texts, what can be wrong."""

import json
import sys

import numpy as np
import pytest

for module in ("torch", "tokenizers", "safetensors"):
    pytest.importorskip(module)

import nlpcore  # noqa: E402
from nlpcore.errors import (  # noqa: E402
    ComponentNotReadyError,
    MissingExtraError,
    ModelDataError,
    PipelineError,
    PretrainedFilesError,
    RehearsalError,
)
from nlpcore.models.pretrained import read_pretrained  # noqa: E402
from nlpcore.training import Example  # noqa: E402
from nlpcore.training.starting import begin_before, transformer_pipeline  # noqa: E402

from .tiny_bert import CONFIG, tensors, tokenizer, write_tiny_bert  # noqa: E402
from .toy import toy_examples  # noqa: E402

COMPONENTS = ["tagger", "morphologizer", "graph_parser", "lemmatizer", "ner"]
TEXTS = [
    "Anna saw two dogs. Bob sees Berlin.",
    "",
    " \n ",
    "x" * 500,
    "\ud800 שלום",
    "The dogs slept\n\n" * 60,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_bert(tmp_path_factory.mktemp("files") / "tiny")


@pytest.fixture(scope="module")
def trained(folder):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("transformer", config={"source": str(folder), "window": 40, "supertag": True})
    for name in COMPONENTS:
        nlp.add_pipe(name, config={"min_count": 1} if name == "lemmatizer" else {})
    examples = toy_examples(nlp)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    losses = [nlp.update(examples, sgd=optimizer) for _ in range(80)]
    return nlp, examples, losses


def annotation(docs):
    names = ("TAG", "POS", "MORPH", "LEMMA", "HEAD", "DEP", "SENT_START", "ENT_IOB", "ENT_TYPE")
    return [[doc.column(name).tolist() for name in names] for doc in docs]


def test_all_components_learn_on_it_and_it_learns_with_them(trained):
    nlp, examples, losses = trained
    for name in ["transformer", *COMPONENTS]:
        assert losses[-1][name] < 0.2 * losses[0][name], name
    for example in examples:
        doc = nlp(example.reference.text)
        words = [i for i, token in enumerate(doc) if not token.is_space]
        for column in ("TAG", "POS", "HEAD", "DEP", "SENT_START", "ENT_IOB"):
            assert doc.column(column)[words].tolist() == example.reference.column(column)[words].tolist(), (
                column
            )


def test_its_own_weights_have_changed_but_for_the_table_of_subwords(trained, folder):
    nlp, *_ = trained
    before = read_pretrained(folder).params
    after = nlp.get_pipe("transformer").parameters()
    assert (after["0.transformer.words"] == before["words"]).all()
    for name in ("shapes", "gaps", "mix", "00.qkv.W", "01.down.b", "norm.gain"):
        assert (after[f"0.transformer.{name}"] != before[name]).any(), name


@pytest.mark.parametrize("given", [False, True])
def test_its_vectors_have_as_many_mixes_as_it_is_told_of_files_and_of_starters(folder, given, tmp_path):
    nlp = nlpcore.blank("en")
    pipe = nlp.add_pipe("transformer", config={"source": str(folder), "mixes": 3})
    nlp.add_pipe("tagger")
    examples = toy_examples(nlp)
    if given:
        begin_before(nlp, transformer_pipeline("en", folder))
        assert pipe.is_given
    nlp.initialize(lambda: examples)
    doc = nlp("Anna saw two dogs.")
    assert doc.tensor.shape == (5, 72)
    nlp.to_disk(tmp_path / "model")
    again = nlpcore.load(tmp_path / "model")
    assert (again("Anna saw two dogs.").tensor == doc.tensor).all()
    assert (pipe.parameters()["0.transformer.01.up.W"] == read_pretrained(folder).params["01.up.W"]).all()


def test_a_number_of_mixes_that_cannot_be_is_named(folder):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("transformer", config={"source": str(folder), "mixes": 0})
    with pytest.raises(PipelineError, match="mixes is 0, it must be 1 to 16"):
        nlp.initialize(lambda: toy_examples(nlp))


def test_any_text_is_annotated_the_same_in_any_batch(trained):
    nlp, *_ = trained
    docs = list(nlp.pipe(TEXTS))
    assert annotation(docs) == annotation([nlp(text) for text in TEXTS])
    for doc, again in zip(docs, nlp.pipe(TEXTS[::-1], batch_size=2), strict=False):
        assert doc.tensor.shape == (len(doc), 24)
        assert again.tensor.shape == (len(again), 24)
    for doc, alone in zip(docs, map(nlp, TEXTS), strict=True):
        assert (doc.tensor == alone.tensor).all()


def test_threads_give_the_same(trained):
    nlp, *_ = trained
    assert annotation(nlp.pipe(TEXTS * 4, threads=3, batch_size=2)) == annotation(nlp.pipe(TEXTS * 4))


def test_new_entity_types_are_refused_where_they_would_need_a_second_transformer(trained, tmp_path):
    trained[0].to_disk(tmp_path / "model")
    nlp = nlpcore.load(tmp_path / "model")
    doc = nlp.make_doc("Anna saw the Foomatic.")
    example = Example.from_dict(doc, {"entities": [(13, 21, "GADGET")]})
    with pytest.raises(RehearsalError, match="too large"):
        nlpcore.train(nlp, [example], epochs=1, rehearse=["Anna saw two dogs."])


def test_stored_models_give_the_same(trained, tmp_path):
    nlp, *_ = trained
    nlp.to_disk(tmp_path / "model")
    (tmp_path / "trf").mkdir()
    for other in (nlpcore.load(tmp_path / "model"), nlpcore.blank("en")):
        if not other.pipe_names:
            for name in ["transformer", *COMPONENTS]:
                other.add_pipe(name)
            other.from_bytes(nlp.to_bytes())
        assert annotation(other.pipe(TEXTS)) == annotation(nlp.pipe(TEXTS))


def test_a_model_says_what_is_missing_where_the_extra_is_not_installed(trained, monkeypatch):
    stored = trained[0].to_bytes()
    other = nlpcore.blank("en")
    for name in ["transformer", *COMPONENTS]:
        other.add_pipe(name)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(MissingExtraError, match=r"torch.*nlpcore\[transformers\]"):
        other.from_bytes(stored)


def test_without_files_it_is_not_ready():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("transformer")
    with pytest.raises(ComponentNotReadyError):
        nlp("Anna")
    with pytest.raises(ComponentNotReadyError):
        nlp.initialize(lambda: [])


@pytest.mark.parametrize(
    ("family", "prefix"), [("bert", ""), ("bert", "bert."), ("electra", "electra."), ("roberta", "roberta.")]
)
def test_families_are_read_by_their_names(tmp_path, family, prefix):
    config = {**CONFIG, "model_type": family, "pad_token_id": 1}
    found = read_pretrained(write_tiny_bert(tmp_path / "f", config, tensors(config, prefix)))
    given = tensors()
    position = (
        given["embeddings.position_embeddings.weight"] + given["embeddings.token_type_embeddings.weight"][0]
    )
    assert (found.params["words"] == given["embeddings.word_embeddings.weight"]).all()
    assert (found.params["positions"] == position).all()
    query = given["encoder.layer.1.attention.self.query.weight"]
    assert (found.params["01.qkv.W"][:24] == query).all()
    assert found.shape.first_position == (2 if family == "roberta" else 0)


def test_distilbert_is_read_by_its_names(tmp_path):
    config = {
        "model_type": "distilbert", "vocab_size": CONFIG["vocab_size"], "dim": 24, "n_layers": 2,
        "n_heads": 3,        "hidden_dim": 32, "max_position_embeddings": 64, "activation": "gelu",
    }  # fmt: skip
    names = {
        "attention.self.query": "attention.q_lin", "attention.self.key": "attention.k_lin",
        "attention.self.value": "attention.v_lin", "attention.output.dense": "attention.out_lin",
        "attention.output.LayerNorm": "sa_layer_norm", "intermediate.dense": "ffn.lin1",
    }  # fmt: skip
    weights = {}
    for name, value in tensors().items():
        for theirs, ours in names.items():
            name = name.replace(theirs, ours)
        name = name.replace("encoder.layer", "transformer.layer")
        if name.startswith("transformer"):
            name = name.replace("output.dense", "ffn.lin2").replace("output.LayerNorm", "output_layer_norm")
        if "token_type" not in name:
            weights[f"distilbert.{name}"] = value
    found = read_pretrained(write_tiny_bert(tmp_path / "f", config, weights))
    assert (found.params["01.down.W"] == tensors()["encoder.layer.1.output.dense.weight"]).all()


def test_a_package_is_found_without_being_run(tmp_path, monkeypatch):
    write_tiny_bert(tmp_path / "tiny_bert_package" / "files")
    (tmp_path / "tiny_bert_package" / "__init__.py").write_text("raise RuntimeError('run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert read_pretrained("tiny_bert_package").shape.width == 24


def cut(path, n):
    path.write_bytes(path.read_bytes()[:n])


def with_config(**changes):
    return lambda f: (f / "config.json").write_text(json.dumps({**CONFIG, **changes}))


BROKEN = {
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "model.safetensors"),
    "no tokenizer": (lambda f: (f / "tokenizer.json").unlink(), "tokenizer.json"),
    "cut weights": (lambda f: cut(f / "model.safetensors", 2000), "no safetensors"),
    "foreign weights": (lambda f: (f / "model.safetensors").write_bytes(b"PK\3\4" * 99), "no safetensors"),
    "cut config": (lambda f: cut(f / "config.json", 20), "no JSON"),
    "config is a list": (lambda f: (f / "config.json").write_text("[]"), "no JSON object"),
    "no size": (lambda f: (f / "config.json").write_text('{"model_type": "bert"}'), "vocab_size|hidden_size"),
    "other family": (with_config(model_type="t5"), "t5"),
    "other width": (with_config(hidden_size=48), "shape"),
    "more layers": (with_config(num_hidden_layers=3), "encoder.layer.2"),
    "odd heads": (with_config(num_attention_heads=5), "heads"),
    "activation": (with_config(hidden_act="swish"), "swish"),
    "relative positions": (with_config(position_embedding_type="relative_key"), "relative_key"),
    "size is text": (with_config(vocab_size="many"), "many"),
    "cut tokenizer": (lambda f: cut(f / "tokenizer.json", 100), "no tokenizer"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_with_files_is_said(tmp_path, what):
    spoil, message = BROKEN[what]
    folder = write_tiny_bert(tmp_path / "f")
    spoil(folder)
    nlp = nlpcore.blank("en")
    nlp.add_pipe("transformer", config={"source": str(folder)})
    with pytest.raises(PretrainedFilesError, match=message):
        nlp.initialize(lambda: [])


def test_nothing_there_and_values_that_are_no_numbers_are_said(tmp_path):
    with pytest.raises(PretrainedFilesError, match="no such folder"):
        read_pretrained(tmp_path / "nothing")
    weights = tensors()
    weights["encoder.layer.0.output.dense.bias"][3] = np.nan
    with pytest.raises(PretrainedFilesError, match="not finite"):
        read_pretrained(write_tiny_bert(tmp_path / "f", weights=weights))


def test_tokenizer_of_another_encoder_is_refused(tmp_path):
    folder = write_tiny_bert(tmp_path / "f")
    other = tokenizer()
    other.add_tokens(["one", "more"])
    other.save(str(folder / "tokenizer.json"))
    nlp = nlpcore.blank("en")
    nlp.add_pipe("transformer", config={"source": str(folder)})
    with pytest.raises(PretrainedFilesError, match="not of one encoder"):
        nlp.initialize(lambda: [])


def test_states_that_do_not_fit_are_refused(trained):
    nlp, *_ = trained
    meta, arrays = nlp.get_pipe("transformer").get_state()
    for change in ({"shape": {"vocab": 5}}, {"shape": None}, {"tokenizer": 7}, {"tokenizer": "{}"}):
        other = nlpcore.blank("en").add_pipe("transformer")
        with pytest.raises((ModelDataError, PretrainedFilesError)):
            other.set_state({**meta, "settings": {**meta["settings"], **change}}, arrays)
        assert not other.is_ready


def test_byte_level_subwords_have_the_blank_before_a_word():
    from tokenizers import Tokenizer, models, pre_tokenizers

    from nlpcore.pipeline.subwords import SubwordTokenizer

    vocab = {"<s>": 0, "a": 1, "Ġ": 2, "Ġa": 3, "b": 4, "Ġb": 5}
    made = Tokenizer(models.BPE(vocab, [("Ġ", "a"), ("Ġ", "b")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found = SubwordTokenizer(made.to_str(), 6, 16).subwords(nlpcore.blank("en").make_doc("a b (a"))
    assert found.ids.tolist()[:2] == [3, 5]
    assert found.ids.tolist()[-1] == 1
    assert found.counts.min() == 1  # a word without subwords has the unknown one
