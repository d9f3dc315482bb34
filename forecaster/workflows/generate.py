"""`forecast generate`: write a synthetic table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

from forecaster.config.generate import Generate
from forecaster.config.reading import parse_config, read_config
from forecaster.errors import ConfigError, UsageError, quoted
from forecaster.series.synthetic import make
from forecaster.store import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.config.schema import Config

_UNION, *_ = get_args(Generate)
KINDS = tuple(get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(_UNION))
# The least config that can carry a kind and its options, so that they are checked as in a file.
_CARRIER = """\
data: {{path: {kind}.csv, target: value, generate: {{kind: {kind}}}}}
window: {{lookback: 1, horizon: 1}}
model: {{layers: [{{lstm: {{units: 1}}}}]}}
"""


def generate(what: str, *, out: Path | None, options: Sequence[str], seed: int | None) -> Path:
    """Write the table of a kind with options, or the one that a config names, and give its path.

    Args:
        what: A kind, or the path of a YAML.
        out: The file; by default KIND.csv here, or the config's `data.path`.
        options: `key=value` of the kind, such as `steps=500`.
        seed: Has the last word over the options' and the config's.

    Raises:
        UsageError: If `what` is neither a kind nor a YAML.
        ConfigError: If an option does not exist or is out of range, or the config generates nothing.
    """
    changes = [f"data.generate.{option}" for option in options]
    if seed is not None:
        changes.append(f"data.generate.seed={seed}")
    if what in KINDS:
        config = parse_config(_CARRIER.format(kind=what), file=f"generate {what}", base=Path.cwd(), overrides=changes)
    elif Path(what).suffix in {".yaml", ".yml"}:
        config = read_config(Path(what), changes)
    else:
        raise UsageError(
            f"{quoted(what)} is neither a kind of table nor a YAML", hint=f"choose one of {', '.join(KINDS)}"
        )
    place = Path(config.data.path) if out is None else out.absolute()
    return _write(make(_options(config, what)).encode(), place)


def generated(config: Config) -> bytes | None:
    """The table that a config makes, where there is none yet; None where the table lies on disk or is not made."""
    if config.data.generate is None or Path(config.data.path).exists():
        return None
    return make(config.data.generate).encode()


def ensure_table(config: Config) -> bool:
    """Write the config's table where it says how and there is none; whether it was written."""
    content = generated(config)
    if content is not None:
        _write(content, Path(config.data.path))
    return content is not None


def _options(config: Config, what: str) -> Generate:
    if config.data.generate is None:
        raise ConfigError(
            "the config does not say how its table is made",
            hint="add data.generate: {kind: sine}",
            file=what,
            subject="data.generate",
        )
    return config.data.generate


def _write(content: bytes, place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    write_file(place, content)
    return place
