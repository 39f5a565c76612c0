"""What a look lays over its first dream."""

import pytest

from kaleidocam.errors import UserError
from kaleidocam.settings.asked import asked
from kaleidocam.settings.layering import (
    EVERYWHERE,
    LAYER,
    SUBJECT,
    channels_of,
    layers_of,
    looks_of,
    masks_of,
    palettes_of,
)
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import layer_of, preset_names, read_preset, with_layer
from kaleidocam.settings.values import settle

BOTH = Look(
    channel="mixed5:74", subject_channel="mixed4:1", subject_soft=0.1, layer_channel="mixed3:2", layer_palette="prism"
)


@pytest.mark.parametrize(
    ("look", "count"),
    [
        (Look(), 0),
        (Look(layer_channel="mixed3:2"), 1),
        (Look(layer_channel="mixed3:2", layer_amount=0), 0),
        (Look(subject_channel="mixed3:2", subject_amount=0), 0),
        (Look(layer_mask="people", layer_palette="prism", layer_mirrors=4), 0),
        (BOTH, 2),
    ],
)
def test_how_many_there_are(look, count):
    assert len(layers_of(look)) == count and looks_of(look)[0] is look and len(looks_of(look)) == count + 1


def test_each_dreams_as_the_look_does_but_for_what_is_its_own():
    subject, layer = layers_of(BOTH)
    assert (subject.place, subject.mask, subject.soft) == (SUBJECT, "people", 0.1)
    assert (layer.place, layer.mask, layer.soft) == (LAYER, EVERYWHERE, 0.0)
    _, first, second = looks_of(BOTH)
    assert (first.channel, first.palette, second.channel, second.palette) == (
        "mixed4:1",
        BOTH.palette,
        "mixed3:2",
        "prism",
    )
    assert first.half_life == second.half_life == BOTH.half_life


def test_the_masks_that_are_looked_for():
    assert masks_of(BOTH) == ["people"] and masks_of(Look(layer_mask="people")) == []
    assert masks_of(BOTH.model_copy(update={"layer_mask": "not people"})) == ["people", "not people"]


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_that_is_laid_over_dreams_as_it_does_by_itself(name):
    alone = settle(read_preset(name), name)[0]
    laid = looks_of(Look(**layer_of(name)))[1]
    for parameter in ("channel", "palette", "mirrors", "geometry"):
        assert getattr(laid, parameter) == getattr(alone, parameter)


def test_what_is_given_beside_a_layered_preset_counts_before_it():
    feathers = layer_of("feathers")
    assert with_layer({"layer": "feathers", "layer_palette": "prism", "rate": 2.0}, "x") == {
        **feathers,
        "layer_palette": "prism",
        "rate": 2.0,
    }
    look, _ = asked("eyes", None, {"layer": "feathers", "layer_blend": "screen", "layer_amount": 0.3}, "x")
    assert (look.layer_channel, look.layer_blend, look.layer_amount) == (feathers["layer_channel"], "screen", 0.3)
    assert with_layer({"layer": None, "rate": 2.0}, "x") == {"rate": 2.0}


def test_a_preset_may_have_a_layer_and_a_layer_may_have_one_too(tmp_path):
    (tmp_path / "mine.toml").write_text('channel = "mixed3:7"\nmirrors = 5\nlayer = "feathers"\nlayer_mirrors = 3')
    mine = read_preset(str(tmp_path / "mine.toml"))
    assert mine == {"channel": "mixed3:7", "mirrors": 5, **layer_of("feathers"), "layer_mirrors": 3}
    laid, _ = asked("eyes", None, {"layer": tmp_path / "mine.toml"}, "x")
    assert (laid.layer_channel, laid.layer_mirrors) == ("mixed3:7", 5)  # its first dream
    off, _ = asked(tmp_path / "mine.toml", None, {"layer": ""}, "x")
    assert layers_of(off) == []


def test_a_preset_that_lays_itself_over_is_read(tmp_path):
    (tmp_path / "mine.toml").write_text(f"channel = 'mixed3:7'\nlayer = '{tmp_path / 'mine.toml'}'")
    assert read_preset(str(tmp_path / "mine.toml"))["layer_channel"] == "mixed3:7"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("fethers", r"^film: no preset 'fethers'.*did you mean 'feathers'\?$"),
        (5, "^film: layer is '5'; allowed is the name of a preset, or the path of its file$"),
        ("no/such.toml", "^film: no preset 'no/such.toml'"),
    ],
)
def test_a_layer_that_is_wrong_is_said_in_one_line(given, said):
    with pytest.raises(UserError, match=said) as raised:
        asked("eyes", None, {"layer": given}, "film")
    assert "\n" not in str(raised.value)


def test_a_preset_whose_layer_is_wrong_says_so(tmp_path):
    (tmp_path / "mine.toml").write_text('layer = "fethers"')
    with pytest.raises(UserError, match="preset '.*mine.toml': no preset 'fethers'"):
        read_preset(str(tmp_path / "mine.toml"))


def test_what_is_named_counts_though_its_amount_is_nothing_yet():
    silent = BOTH.model_copy(update={"layer_amount": 0.0, "subject_amount": 0.0, "subject_palette": "scene"})
    assert channels_of(silent) == ["mixed5:74", "mixed4:1", "mixed3:2"]
    assert palettes_of(silent) == [BOTH.palette, "scene", "prism"]
