"""Commands about models: package, index, download, install, validate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nlpcore.models.fetch import Progress

app = typer.Typer()

Target = Annotated[
    Path | None,
    typer.Option(
        help="Unpack into this directory, which NLPCORE_MODELS names, instead of installing by pip."
    ),
]


@app.command()
def package(
    model: Annotated[str, typer.Argument(help="A model's name or path.")],
    output: Annotated[Path, typer.Argument(help="A directory for the wheel.")],
    name: Annotated[str | None, typer.Option(help="Instead of the name in its metadata.")] = None,
    version: Annotated[str | None, typer.Option(help="Instead of the version in its metadata.")] = None,
    meta: Annotated[
        Path | None, typer.Option(help="A JSON file with metadata to put over the model's.")
    ] = None,
) -> None:
    """Make a wheel of a model, which pip installs and nlpcore.load finds by name."""
    from nlpcore.models.archive import parse_json
    from nlpcore.models.packaging import package as make

    changes = {} if meta is None else parse_json(meta.read_bytes())
    if not isinstance(changes, dict):
        raise typer.BadParameter(f"{meta} holds no JSON object.")
    output.mkdir(parents=True, exist_ok=True)
    print(make(model, output, name=name, version=version, meta=changes))


@app.command()
def index(
    directory: Annotated[Path, typer.Argument(help="A directory with wheels of models.")],
) -> None:
    """Make a directory of wheels an index for `nlpcore download`: writes its compatibility.json."""
    from nlpcore.models.index import build_index

    print(build_index(directory))


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="A model's name, such as en_core_web_sm.")],
    version: Annotated[str | None, typer.Option(help="Else the newest that this nlpcore reads.")] = None,
    index: Annotated[
        str | None, typer.Option(help="URL or directory of the index; else NLPCORE_INDEX says it.")
    ] = None,
    target: Target = None,
) -> None:
    """Get a model from an index, check it, and install it."""
    from nlpcore.models.installing import download as get

    with _bar(name) as progress:
        model = get(name, version=version, index=index, target=target, progress=progress)
    print(f"{model.name} {model.version} is at {model.path}")


@app.command()
def install(
    file: Annotated[Path, typer.Argument(help="A model's wheel.")],
    target: Target = None,
) -> None:
    """Install a model from its wheel, without a network."""
    from nlpcore.models.installing import install as put

    model = put(file, target=target)
    print(f"{model.name} {model.version} is at {model.path}")


@app.command()
def validate() -> None:
    """List the installed models, whether they fit this nlpcore, and what to do.

    Exit code 1: one does not fit.
    """
    from rich.console import Console
    from rich.table import Table

    from nlpcore.models.validation import validate as verdicts

    table = Table("model", "version", "where", "fits", box=None, pad_edge=False)
    table.add_column("what to do", overflow="fold")  # a command that is cut is of no use
    found = verdicts()
    for verdict in found:
        model = verdict.model
        # Other models and their places are texts that may hold what rich takes for its markup.
        cells = (model.name, model.version, model.kind, "yes" if verdict.sound else "NO", verdict.advice)
        table.add_row(*(cell.replace("[", r"\[") for cell in cells))
    Console().print(table)
    if not all(verdict.sound for verdict in found):
        raise typer.Exit(1)


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    """A progress bar on stderr, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn(title), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
