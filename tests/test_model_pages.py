"""The pages of the networks say what they promise, and their YAML is right."""

from __future__ import annotations

import re
import shlex
from importlib.util import module_from_spec, spec_from_file_location

import pytest
import yaml
from architecture import ROOT
from transcript import blocks

from forecaster.config.layers import LAYERS
from forecaster.config.model import DECODERS, OUTPUTS, SKIPS, ModelConfig
from forecaster.config.reading import read_config
from forecaster.config.schema import Config

FOLDER = ROOT / "docs" / "models"
PAGES = sorted(page.stem for page in FOLDER.glob("*.md") if page.stem != "README")
SECTIONS = ["The equation", "When, and when not", "Picture", "Reference"]
USUAL = {
    "data": {"path": "table.csv", "time": "date", "target": "value"},
    "window": {"lookback": 400, "horizon": 20},
    "model": {"layers": [{"gru": {"units": 8}}]},
}


def text_of(page):
    return (FOLDER / f"{page}.md").read_text(encoding="utf-8")


def merged(below, above):
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: merged(below.get(key), value) for key, value in above.items()}


@pytest.fixture(scope="module")
def pictures():
    spec = spec_from_file_location("pictures", FOLDER / "pictures.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_it_is_how_it_works_when_to_use_it_and_where_it_is_from(page):
    text = text_of(page)
    sections = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)

    assert [section for section in sections if section in SECTIONS] == SECTIONS
    assert text.startswith("# ")
    assert re.search(r"^- \*\*Not|\*\*Not\*\*", text, flags=re.MULTILINE)
    assert re.search(r"\(\d{4}\)", text.split("## Reference")[1])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_short(page):
    assert 30 <= len(text_of(page).splitlines()) <= 60


@pytest.mark.parametrize("page", PAGES)
def test_the_yaml_of_a_page_is_right(page, tmp_path):
    (written,) = blocks(text_of(page), "yaml")
    file = tmp_path / "page.yaml"
    file.write_text(yaml.safe_dump(merged(USUAL, yaml.safe_load(written))), encoding="utf-8")

    assert isinstance(read_config(file), Config)


@pytest.mark.parametrize("page", PAGES)
def test_a_picture_stands_beside_the_commands_that_make_it(page, pictures):
    *before, last = [shlex.split(line) for line in pictures.commands(page)]

    assert before[0][:2] == ["forecast", "train"]
    assert last[:2] == ["forecast", "plot"]
    assert last[last.index("--out") + 1] == f"docs/models/{page}.png"
    assert f"]({page}.png)" in text_of(page).split("## Picture")[1]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_name_configs_and_changes_that_are_right(page, pictures):
    words = [word for line in pictures.commands(page) for word in shlex.split(line)]
    config = next(word for word in words if word.endswith(".yaml"))
    changes = [words[place + 1] for place, word in enumerate(words) if word == "--set"]

    name = read_config(ROOT / config, changes).name

    assert words[words.index("plot") + 1] == name
    assert "--run" not in words or words[words.index("--run") + 1] == name


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_in_the_index(page):
    assert f"({page}.md" in text_of("README")


def test_every_layer_decoder_skip_output_and_scale_has_a_page_that_names_it():
    everything = "".join(text_of(page) for page in PAGES)
    scales = ModelConfig.model_fields["scale"].annotation.__args__
    names = [*LAYERS, *DECODERS.known, *SKIPS.known, *OUTPUTS.known, *scales]

    assert [name for name in names if not re.search(rf"`{name}\b|\b{name}:|: {name}\b", everything)] == []
