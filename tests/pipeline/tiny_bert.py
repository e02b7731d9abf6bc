"""A folder with the files of a very small encoder, as Hugging Face's libraries write them."""

import json

import numpy as np

WORDS = ["anna", "bob", "saw", "sees", "two", "dogs", "the", "slept", "likes", "berlin", "."]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIECES = ["dog", "berl", "##in", "slee", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *PIECES]
CONFIG = {
    "model_type": "bert",
    "vocab_size": len(VOCAB),
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
    "layer_norm_eps": 1e-12,
    "hidden_act": "gelu",
}


def tokenizer():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    made = Tokenizer(models.WordPiece({w: i for i, w in enumerate(VOCAB)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made


def tensors(config=CONFIG, prefix=""):
    """The weights by BERT's names, normal with a deviation of 0.1."""
    rng = np.random.default_rng(0)
    T, inner = config["hidden_size"], config["intermediate_size"]
    sizes = {
        "embeddings.word_embeddings.weight": (config["vocab_size"], T),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], T),
        "embeddings.token_type_embeddings.weight": (2, T),
    }
    norms = ["embeddings.LayerNorm"]
    for i in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{i}."
        for part in ("query", "key", "value"):
            sizes[f"{layer}attention.self.{part}.weight"] = (T, T)
            sizes[f"{layer}attention.self.{part}.bias"] = (T,)
        for part, size in (
            ("attention.output", (T, T)),
            ("intermediate", (inner, T)),
            ("output", (T, inner)),
        ):
            sizes[f"{layer}{part}.dense.weight"] = size
            sizes[f"{layer}{part}.dense.bias"] = size[:1]
        norms += [f"{layer}attention.output.LayerNorm", f"{layer}output.LayerNorm"]
    found = {name: rng.normal(0, 0.1, size).astype("float32") for name, size in sizes.items()}
    for name in norms:
        found[f"{name}.weight"] = np.ones(T, dtype="float32")
        found[f"{name}.bias"] = np.zeros(T, dtype="float32")
    return {prefix + name: value for name, value in found.items()}


def write_tiny_bert(folder, config=CONFIG, weights=None):
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    save_file(tensors(config) if weights is None else weights, folder / "model.safetensors")
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder
