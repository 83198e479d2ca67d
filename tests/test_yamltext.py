"""YAML as located text: nothing guessed, everything placed, what a contract has no use for refused."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p4p.files.yamltext import MAX_BYTES, MAX_DEPTH, MAX_SCALAR, Node, parse, read
from p4p.numbers.errors import ContractError, Location


def root(text: str) -> Node:
    return parse(text.encode(), "c.yaml").root


def refusal(raw: bytes) -> str:
    with pytest.raises(ContractError) as e:
        parse(raw, "c.yaml")
    return str(e.value)


@pytest.mark.parametrize(
    "text", ["NO", "on", "yes", "true", "0.1", "00123", "12:30", "1e3", "0x1F", "1_000", ".nan", "2009-04-01", "=", "70%", "Null", "+1"]
)
def test_no_type_is_guessed(text: str) -> None:
    """A scalar stays the characters that the author wrote: the code NO is two letters, 00123 is not 83 and 12:30 is not 750."""
    assert ("text", text) == (root(f"code: {text}").entries["code"].kind, root(f"code: {text}").entries["code"].text)


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_empty(text: str) -> None:
    """A key without a value is empty, and so is one that says null."""
    assert root(f"a: {text}").entries["a"].kind == "empty"


@pytest.mark.parametrize("text", ['""', '"~"', "'null'"])
def test_what_is_quoted_is_text(text: str) -> None:
    """A quoted null is the word."""
    assert root(f"a: {text}").entries["a"].kind == "text"


def test_everything_knows_where_it_stands() -> None:
    """Keys, values and items carry line and column from 1."""
    tree = root("a: 1\nb:\n  - x\n  - {c: y}\n")
    b = tree.entries["b"]
    inner = b.items[1].entries["c"]
    assert Location("c.yaml", 1, 1) == tree.at
    assert (Location("c.yaml", 2, 1), Location("c.yaml", 3, 3)) == (b.named_at, b.at)
    assert (Location("c.yaml", 4, 6), Location("c.yaml", 4, 9)) == (inner.named_at, inner.at)


def test_columns_count_characters_and_not_bytes() -> None:
    """A pound sign before a key on the same line moves it by one column."""
    assert Location("c.yaml", 1, 8) == root("{£: 1, b: 2}").entries["b"].named_at


def test_keys_stay_in_the_order_written() -> None:
    """A mapping keeps the author's order."""
    assert ["q", "a", "m"] == list(root("q: 1\na: 2\nm: 3\n").entries)


def test_braces_and_blocks_are_told_apart() -> None:
    """A mapping in braces says so, because commas separate keys there."""
    assert (True, False) == (root("a: {b: 1}").entries["a"].flow, root("a:\n  b: 1\n").entries["a"].flow)


def test_the_hash_is_that_of_the_bytes() -> None:
    """A document is known by the SHA-256 of its bytes, byte order mark and line ends included."""
    raw = b"\xef\xbb\xbfa: 1\r\n"
    assert hashlib.sha256(raw).hexdigest() == parse(raw, "c.yaml").sha256


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    """What Notepad adds is neither part of the first key nor moves a line."""
    plain, windows = root("a: 1\nb: 2\n"), parse(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "c.yaml").root
    assert [(k, n.text, n.at) for k, n in plain.entries.items()] == [(k, n.text, n.at) for k, n in windows.entries.items()]


def test_a_byte_after_a_byte_order_mark_is_counted_in_the_file() -> None:
    """The byte that is not UTF-8 is named by its place in the file as it is, mark included."""
    assert "c.yaml:2:4: error: byte 0xE9 (byte 12 of the file) is not UTF-8" in refusal(b"\xef\xbb\xbfa: b\nc: \xe9\n")


def test_every_key_given_twice_is_told() -> None:
    """All repeated keys of a file are told at once, each with the line of the first."""
    text = refusal(b"a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert 'c.yaml:2:11: error: key "c" is given twice (first on line 2)' in text
    assert 'c.yaml:3:1: error: key "a" is given twice (first on line 1)' in text


def test_a_file_that_breaks_off_still_tells_what_was_found_before() -> None:
    """A repeated key above a fault of the YAML itself is told together with it."""
    text = refusal(b"a: 1\na: 2\nb: {c\n")
    assert 'key "a" is given twice' in text
    assert "is not closed" in text


@pytest.mark.parametrize(
    ("what", "raw"),
    [
        (f"the file is larger than {MAX_BYTES:,} bytes", b"a: " + b"x" * MAX_BYTES),
        (f"a value of {MAX_SCALAR + 1:,} characters", b"a: " + b"x" * (MAX_SCALAR + 1)),
        (f"nested deeper than {MAX_DEPTH} levels", b"[" * (MAX_DEPTH + 1)),
        (f"nested deeper than {MAX_DEPTH} levels", b"[" * 100_000),
    ],
)
def test_sizes_have_limits(what: str, raw: bytes) -> None:
    """A file, a value and a nest of brackets may be large, not without end."""
    assert what in refusal(raw)


def test_as_much_as_the_limits_allow_is_read() -> None:
    """The limits themselves are still allowed."""
    assert MAX_SCALAR == len(root("a: " + "x" * MAX_SCALAR).entries["a"].text)
    assert root("[" * MAX_DEPTH + "]" * MAX_DEPTH).kind == "list"


@pytest.mark.parametrize("hidden", ["\0", "\x07", "\x1b", "\x85", "\u200b", "\u2028", "\u202e", "\u2066", "\ufeff", "\uffff"])
def test_characters_that_cannot_be_seen_are_refused(hidden: str) -> None:
    """What could hide or turn round a word is refused by its code point, and never printed."""
    text = refusal(f"a: 1\nbc: d{hidden}e\n".encode())
    assert f"c.yaml:2:6: error: a character that cannot be seen, U+{ord(hidden):04X}" in text
    assert hidden not in text


@pytest.mark.parametrize("text", ["a: !!python/object/apply:os.system [id]", "a: !x 1", "!!map {a: 1}", "%TAG ! tag:x,2000:\n---\na: !b 1"])
def test_tags_are_refused(text: str) -> None:
    """No tag makes an object of a text."""
    assert "is not used in contracts" in refusal(text.encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """Whatever the bytes, there is a tree or a ContractError, and every problem names the file."""
    try:
        parse(raw, "c.yaml")
    except ContractError as e:
        assert all(p.at is not None and p.at.file == "c.yaml" for p in e.problems)


@given(st.text("abc:-{}[],|>&*!%@`'\"?# \n\t~", max_size=80))
def test_any_jumble_of_yaml_is_read_or_refused(text: str) -> None:
    """Whatever the punctuation, there is a tree or a ContractError."""
    try:
        parse(text.encode(), "c.yaml")
    except ContractError as e:
        assert e.problems


@pytest.mark.parametrize(("name", "what"), [("absent.yaml", "the contract file does not exist"), (".", "the contract file is a folder")])
def test_a_contract_must_be_a_file(tmp_path: Path, name: str, what: str) -> None:
    """A path that is no file is refused under the name that the user gave."""
    path = str(tmp_path / name)
    with pytest.raises(ContractError) as e:
        read(path)
    assert f"{path}: error: {what}\n  hint: name a YAML file, or a folder that holds contract.yaml" == str(e.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe is refused instead of being waited on for ever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ContractError, match="the contract file is not a file"):
        read(str(tmp_path / "pipe"))


def test_a_name_too_long_for_the_system_is_refused(tmp_path: Path) -> None:
    """What the operating system refuses to look at is an error like others."""
    with pytest.raises(ContractError, match=r"cannot be read: File name too long|does not exist"):
        read(str(tmp_path / ("x" * 300)))


def test_a_file_is_read_under_the_name_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path stays relative in every place named."""
    (tmp_path / "c.yaml").write_bytes(b"a: 1\n")
    monkeypatch.chdir(tmp_path)
    assert ("c.yaml", Location("c.yaml", 1, 1)) == (read("c.yaml").file, read("c.yaml").root.at)
