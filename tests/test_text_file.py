import os
import re

import pytest

from kaleidocam.control.midi_map import MidiMap
from kaleidocam.errors import UserError
from kaleidocam.film.score_file import named_in
from kaleidocam.settings.presets import read_preset
from kaleidocam.text_file import read_text, read_toml

TEXT = '# größer 😀\nchannel = "mixed4:245"\nstrength = 1.2\n'
PRESET = {"channel": "mixed4:245", "strength": 1.2}
MARKS = {
    "plain": ("utf-8", b""),
    "utf-8": ("utf-8", b"\xef\xbb\xbf"),
    "utf-16-le": ("utf-16-le", b"\xff\xfe"),
    "utf-16-be": ("utf-16-be", b"\xfe\xff"),
    "utf-32-le": ("utf-32-le", b"\xff\xfe\0\0"),
    "utf-32-be": ("utf-32-be", b"\0\0\xfe\xff"),
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", MARKS)
def test_a_text_of_any_editor_is_read(tmp_path, mark, line_end):
    encoding, first = MARKS[mark]
    file = tmp_path / "own.toml"
    file.write_bytes(first + TEXT.replace("\n", line_end).encode(encoding))
    assert read_text(file, "it") == TEXT
    assert read_preset(str(file)) == PRESET


@pytest.mark.parametrize("mark", ["utf-8", "utf-16-le"])
def test_scores_and_midi_maps_are_read_as_presets_are(tmp_path, mark):
    encoding, first = MARKS[mark]
    score, mapping = tmp_path / "score.toml", tmp_path / "midi.toml"
    score.write_bytes(first + '[[change]]\r\nat = 0\r\npreset = "tunnel"\r\n'.encode(encoding))
    mapping.write_bytes(first + "strength = {channel = 1, control = 21}\r\n".encode(encoding))
    assert list(named_in(str(score))[0]) == ["tunnel"]
    assert list(MidiMap(mapping).all()) == ["strength"]


BAD = {
    "nested": ("strength = " + "[" * 100_000, "nested too deeply"),
    "nested tables": ("strength = " + "{a=" * 100_000, "nested too deeply"),
    "digits": ("rate = 1\nstrength = " + "9" * 5000, "64 bits, probably in line 2"),
    "hexadecimal digits": ("strength = 0x" + "f" * 5000, "more than 64 bits"),
    "NUL": ('channel = "mixed4\0"', "UTF-8"),
    "no mark": (TEXT.encode("utf-16-le"), "UTF-8"),
    "half a character": (b"\xff\xfea", "can't be read: "),
    "Latin-1": ('# a\nchannel = "größer"'.encode("latin-1"), "line 2 is not in UTF-8"),
    "huge": ("#" * (1 << 20) + "\n", "more than 1 MiB"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_told_in_one_line(tmp_path, name):
    data, why = BAD[name]
    file = tmp_path / "own.toml"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    for read in (lambda: read_preset(str(file)), lambda: MidiMap(file)):
        with pytest.raises(UserError, match=re.escape(why)) as told:
            read()
        assert "\n" not in str(told.value) and len(str(told.value)) < 400


def test_a_value_is_quoted_on_one_line(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('strength = """a\nb' + "c" * 5000 + '"""')
    with pytest.raises(UserError, match="strength is 'a bccc.*…'; allowed") as told:
        read_preset(str(file))
    assert len(str(told.value)) < 400


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pipe_a_device_and_a_folder_are_no_texts(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    for place, what in ((tmp_path / "pipe.toml", "a pipe"), ("/dev/zero", "a device")):
        with pytest.raises(UserError, match=f"it is {what}; give a file"):
            read_preset(str(place))
        with pytest.raises(UserError, match=f"it is {what}; give a file"):
            named_in(str(place))
    with pytest.raises(UserError, match="it is a folder"):
        named_in(str(tmp_path))


def test_a_missing_file_is_for_the_caller_to_tell(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_toml(tmp_path / "none.toml", "it")


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "con", "NUL", "Com1", "lpt9"])
def test_a_name_that_no_file_can_have_is_no_preset(name):
    with pytest.raises(UserError, match="no preset '"):
        read_preset(name)
