"""The one list: every preset valid, every wrong value named with what is allowed."""

import tomllib

import pytest

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look, Machine, parameters
from kaleidocam.settings.presets import PRESETS, own_preset_names, own_presets, preset_names, read_preset
from kaleidocam.settings.ranges import allowed
from kaleidocam.settings.values import as_toml, over, settle


def test_every_parameter_says_what_it_is():
    for name, field in parameters():
        assert field.description and allowed(name) and "unit" in field.json_schema_extra, name
    names = [name for name, _ in parameters()]
    assert len(names) == len(set(names))


def test_there_are_at_least_six_distinct_looks():
    looks = {settle(read_preset(name), name)[0] for name in preset_names()}
    assert len(looks) == len(preset_names()) >= 6
    assert DEFAULT_PRESET in preset_names()


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_holds_only_what_makes_it_itself_and_says_why(name):
    assert (PRESETS / f"{name}.toml").read_text().startswith("# ")
    for parameter, value in read_preset(name).items():
        assert parameter == "channel" or value != Look.model_fields[parameter].default


def test_every_presets_channel_is_in_the_bundled_weights():
    from kaleidocam.dream.objective import parse

    for name in preset_names():
        layers = parse(settle(read_preset(name), name)[0].channel).wanted
        assert all(int(layer[5:]) <= 5 for layer in layers), name


def test_sizes_are_read():
    assert settle({"grid": "256x144"}, "x")[0].grid == (256, 144)


@pytest.mark.parametrize("text", ["auto", " AUTO ", None])
def test_a_grid_may_be_left_to_the_picture(text):
    assert settle({"grid": text}, "x")[0].grid is None
    assert Look().grid is None and allowed("grid") == "auto or WIDTHxHEIGHT, each 96 to 7680"
    with pytest.raises(UserError, match="size is 'auto'; allowed is WIDTHxHEIGHT, each 96 to 7680"):
        settle({"size": "auto"}, "x")


def test_a_preset_may_pin_the_grid_or_leave_it(tmp_path):
    for text, grid in (('grid = "320x180"', (320, 180)), ('grid = "auto"', None), ("detail = 2", None)):
        (tmp_path / "p.toml").write_text(text)
        assert settle(read_preset(str(tmp_path / "p.toml")), "x")[0].grid == grid


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rate": 99}, "here: rate is '99'; allowed is 0 to 10 per second"),
        ({"steps": 2.5}, "here: steps is '2.5'; allowed is a whole number from 1 to 16 steps"),
        ({"grid": "big"}, "here: grid is 'big'; allowed is auto or WIDTHxHEIGHT"),
        ({"grid": "32x18"}, "here: grid is '32x18'; allowed is auto or WIDTHxHEIGHT, each 96 to 7680"),
        ({"precision": "half"}, "allowed is auto or float32 or bfloat16"),
        ({"half_live": 1}, "here: no parameter 'half_live'; did you mean 'half_life'"),
    ],
)
def test_wrong_values_say_what_is_allowed(values, message):
    with pytest.raises(UserError, match=message):
        settle(values, "here")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ratte = 1", "no parameter 'ratte'; did you mean 'rate'"),
        ("rate = 'x'", "rate is 'x'; allowed is 0 to 10"),
        ("rate = ", "can't be read"),
        ("crf = 3", "crf belongs to a machine"),
    ],
)
def test_wrong_presets_are_refused(tmp_path, text, message):
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(UserError, match=message):
        read_preset(str(tmp_path / "p.toml"))


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(UserError, match="no preset 'spiral'; the presets are .*; did you mean 'spirals'"):
        read_preset("spiral")


def test_parameters_are_frozen():
    with pytest.raises(ValueError):
        Look().rate = 3
    with pytest.raises(ValueError):
        Machine().crf = 3


def test_a_saved_preset_is_found_by_its_name_and_no_other_file_is(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    folder = own_presets()
    assert own_preset_names() == [] and folder.is_relative_to(tmp_path)
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("mirrors = 5")
    (folder / "no:name.toml").write_text("mirrors = 5")
    (folder.parent / "outside.toml").write_text("mirrors = 5")
    assert own_preset_names() == ["mine"] and read_preset("mine") == {"mirrors": 5}
    for name in ("../outside", "no:name", "outside"):
        with pytest.raises(UserError, match="the presets are mine, arcade"):
            read_preset(name)


@pytest.mark.parametrize("value", [0.3, 7, -1.25e-05, (320, 180), None, 'a "quoted" \\ ü \x7f \n text', ""])
def test_what_is_written_as_toml_is_read_back(value):
    read = tomllib.loads(f"x = {as_toml(value)}")["x"]
    assert read == {(320, 180): "320x180", None: "auto"}.get(value, value)


@pytest.mark.parametrize(
    ("below", "above", "subject"),
    [
        ({}, {"mask": "motion"}, "dream"),
        ({"mask": "motion"}, {}, "dream"),
        ({"subject": "off", "mask": "people"}, {"mask": "motion"}, "dream"),
        ({"subject": "keep"}, {"mask": "motion"}, "keep"),
        ({}, {"mask": "motion", "subject": "off"}, "off"),
        ({"mask": "motion"}, {"subject": "off"}, "off"),
        ({}, {"subject_soft": 0.1}, "off"),
    ],
)
def test_a_mask_that_is_given_alone_says_who_dreams(below, above, subject):
    assert settle(over(below, above), "a test")[0].subject == subject
