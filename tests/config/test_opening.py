"""The file itself: what the system says of it becomes one line with something to do."""

import errno
import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.config.opening import LARGEST, label, read_text
from forecaster.errors import ConfigError


def test_a_file_of_exactly_the_largest_size_is_read(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"#" * LARGEST)

    assert len(read_text(tmp_path / "a.yaml")) == 64 * 1024


def test_a_file_that_a_link_points_to_is_read(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1")
    (tmp_path / "b.yaml").symlink_to("a.yaml")

    assert read_text(tmp_path / "b.yaml") == "a: 1"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_utf_8_is_read_to_the_letter(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "letters.yaml"
    path.write_bytes(text.encode())

    assert read_text(path) == text


def test_a_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("a.yaml")

        with pytest.raises(ConfigError, match=r"a\.yaml: (is a socket|cannot be opened: No such device or address); "):
            read_text(tmp_path / "a.yaml")


def test_a_folder_that_is_closed_to_us_is_told(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)  # root may read everything

    with pytest.raises(ConfigError, match=r"may not be read \(its folder is closed to uid \d+\); chmod or chown it"):
        read_text(tmp_path / "none" / "a.yaml")


def test_a_disk_that_fails_while_reading_is_told(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "a.yaml").write_text("a: 1")
    monkeypatch.setattr(os, "read", fail)

    with pytest.raises(ConfigError, match=r"a\.yaml: cannot be read: Input/output error; check the disk"):
        read_text(tmp_path / "a.yaml")


def test_the_file_is_closed_whatever_becomes_of_it(tmp_path):
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    (tmp_path / "a.yaml").write_bytes(b"\xff")

    for path in (tmp_path, tmp_path / "a.yaml", tmp_path / "none.yaml"):
        with pytest.raises(ConfigError, match=r"is a directory|not UTF-8|no such file"):
            read_text(path)

    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_name_that_no_file_can_have_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot be opened: File name too long; check the path"):
        read_text(tmp_path / ("x" * 300))


def test_a_folder_without_a_yaml_is_said_to_have_none(tmp_path):
    (tmp_path / "prices.csv").touch()

    with pytest.raises(ConfigError, match=r"no such file: .*; its folder holds no YAML"):
        read_text(tmp_path / "zzz.yaml")


def test_where_no_name_is_near_the_first_three_yamls_are_told(tmp_path):
    for name in ("d.yml", "c.yaml", "b.yaml", "a.yaml"):
        (tmp_path / name).touch()

    with pytest.raises(ConfigError, match=r'near it are "a\.yaml", "b\.yaml", "c\.yaml"$'):
        read_text(tmp_path / "quarterly-prices")


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_both_orders_of_utf_16_are_called_by_their_name(tmp_path, mark):
    (tmp_path / "a.yaml").write_bytes(mark + b"a\0")

    with pytest.raises(ConfigError, match=r"the file is UTF-16; save it as UTF-8"):
        read_text(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("content", "place"),
    [(b"\xff: 1", "1:1"), (b"a: \xff", "1:4"), (b"a: 1\n\n  \xc3", "3:3"), ("äö: ".encode() + b"\x80", "1:5")],
)
def test_the_first_byte_that_is_no_utf_8_has_a_line_and_a_character(tmp_path, content, place):
    (tmp_path / "a.yaml").write_bytes(content)

    with pytest.raises(ConfigError, match=rf"a\.yaml:{place}: not UTF-8"):
        read_text(tmp_path / "a.yaml")


def test_a_path_in_a_message_is_one_line(tmp_path):
    assert label(tmp_path / "a\nb.yaml") == rf"{tmp_path}/a\nb.yaml"


def test_a_link_keeps_the_name_that_the_user_knows(tmp_path):
    (tmp_path / "b.yaml").symlink_to("a.yaml")

    assert label(tmp_path / "b.yaml") == f"{tmp_path}/b.yaml"
