"""Put a configuration's [meta] into a model that was trained with it, and compute its fingerprint again;
everything else stays as it is.

python tools/describe_model.py CONFIG.toml MODEL/model.nlpcore [OUTPUT.nlpcore]
"""

from __future__ import annotations

import sys
from pathlib import Path

from nlpcore.models.archive import dump_archive, load_archive
from nlpcore.models.fingerprint import fingerprint
from nlpcore.training.settings import read_config


def main() -> None:
    config, model, *output = map(Path, sys.argv[1:])
    archive = load_archive(model.read_bytes(), kind="pipeline", widen=False)
    archive.header["meta"].update(read_config(config).meta)
    archive.header["fingerprint"] = fingerprint(archive.header, archive.tensors_of("tokenizer"))
    target = output[0] if output else model
    target.write_bytes(dump_archive({"kind": "pipeline", **archive.header}, archive.tensors))
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
