"""What is written about the project is true: executed, generated, or checked against the code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest
import typer
from architecture import ROOT
from transcript import Command, blocks, commands, loose, missing, run_in_terminal

import forecaster
from forecaster import errors
from forecaster.cli.app import app
from forecaster.config.layers import LAYERS, kind_of
from forecaster.config.reading import read_config

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "data" / "README.md"])


@pytest.fixture(scope="module")
def generator():
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What a reader has after cloning: the configs and the tables, and no run."""
    folder = tmp_path_factory.mktemp("clone")
    for part in ("configs", "data"):
        shutil.copytree(ROOT / part, folder / part)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_transcript_in_the_readme_is_what_happens(clone):
    problems = []
    for command in commands(README):
        code, output = run_in_terminal(command.line, clone)
        if code or missing(command.shown, output):
            problems.append((command.line, code, missing(command.shown, output), output))

    assert problems == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_library_example_in_the_readme_runs(clone):
    (example,) = blocks(README, "python")

    subprocess.run([sys.executable, "-c", example], cwd=clone, check=True, capture_output=True)


def test_the_readme_has_a_transcript_that_shows_output():
    assert len([command for command in commands(README) if command.shown]) >= 2


def test_a_transcript_that_does_not_come_true_is_caught(tmp_path):
    code, output = run_in_terminal("echo 'error 0.012 on /tmp/x/data/sine.csv'; exit 3", tmp_path)

    assert code == 3
    assert missing(("error    0.5 on /home/you/data/sine.csv",), output) == []
    assert missing(("error # off",), output) == ["error # off"]


def test_a_transcript_is_run_in_a_terminal(tmp_path):
    assert run_in_terminal("[ -t 1 ] && echo yes", tmp_path) == (0, "yes\r\n")


def test_commands_are_read_with_the_lines_below_them():
    text = "```console\n$ a b\nx\n...\ny\n$ c\n```\n"

    assert commands(text) == [Command("a b", ("x", "y")), Command("c", ())]


def test_what_may_differ_is_masked():
    assert loose("took  41 s, 1,950 updates to /home/x/runs/sine") == "took # s, # updates to sine"
    assert loose("2024-01-02T06:00 -0.5e-3") == "# #"


def test_the_readme_fits_on_two_screens_and_has_one_picture():
    assert len(README.splitlines()) <= 150
    assert len(re.findall(r"!\[", README)) == 1


def test_the_two_commands_come_first_and_ask_for_nothing_else():
    install, test = blocks(README, "sh")[0].splitlines()

    assert install == "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/forecast train configs/sine.yaml"
    assert test == ".venv/bin/pip install '.[test]' && .venv/bin/pytest"


def test_no_generated_document_is_stale(generator):
    assert generator.stale() == []


def test_a_document_that_is_edited_by_hand_is_caught(generator, tmp_path):
    for name, make in generator.DOCUMENTS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(make(), encoding="utf-8")
    assert generator.stale(tmp_path) == []

    (tmp_path / "docs" / "cli.md").write_text("by hand", encoding="utf-8")

    assert generator.stale(tmp_path) == ["docs/cli.md"]


def every_command(group, above=""):
    for name, command in group.commands.items():
        yield f"{above}{name}", command
        yield from every_command(command, f"{above}{name} ") if hasattr(command, "commands") else ()


@pytest.mark.parametrize("name", [name for name, _ in every_command(typer.main.get_command(app))])
def test_every_command_is_documented_with_an_example_and_every_option(name):
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    section = page.split(f"\n## forecast {name}\n")[1].split("\n## ")[0]
    command = dict(every_command(typer.main.get_command(app)))[name]
    options = [p for p in command.params if p.param_type_name == "option"]

    assert re.search(rf"^forecast {name}\b", section, flags=re.MULTILINE)
    assert [o.opts[0] for o in options if not o.hidden and o.name != "help" and f"`{o.opts[0]}" not in section] == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_is_a_short_story_that_names_its_schema_and_is_right(path):
    lines = path.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 25
    assert lines[0] == "# yaml-language-server: $schema=forecaster.schema.json"
    assert lines[1].startswith("# ")
    assert read_config(path).name == path.stem


def test_every_kind_of_layer_has_a_config_that_shows_it():
    shown = {kind_of(layer) for path in CONFIGS for layer in read_config(path).model.layers}

    assert shown == set(LAYERS)


def slug(heading):
    """As GitHub makes them."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def anchors(page):
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)}


def broken(page):
    """The links of a page that lead nowhere."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        target, _, anchor = link.partition("#")
        place = (page.parent / target) if target else page
        if "://" not in link and (not place.exists() or (anchor and anchor not in anchors(place))):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    assert broken(page) == []


def test_a_link_that_leads_nowhere_is_caught(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A Head\n[a](gone.md) [b](#a-head) [c](#gone) [d](https://x.org)", encoding="utf-8")

    assert broken(page) == ["gone.md", "#gone"]


def test_every_exit_code_of_an_error_stands_in_the_table():
    page = (ROOT / "docs" / "cron.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", page, flags=re.MULTILINE)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]

    assert {kind.exit_code for kind in kinds} <= listed


def test_the_changes_begin_with_this_version():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert headings[0].split()[0] == forecaster.__version__


def test_every_dependency_is_locked():
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), flags=re.MULTILINE)
    wanted = re.findall(r'^  "([\w.-]+)>=', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert set(wanted) - set(locked) == set()
