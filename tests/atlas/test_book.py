"""An atlas on disk: goes on where it was ended, and is whole."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest

from kaleidocam.atlas import making
from kaleidocam.atlas import motif as recipes
from kaleidocam.atlas.book import COLUMNS, SMALL, TILE, UnfinishedAtlas, contact_sheet, curated, read_index
from kaleidocam.atlas.motif import Motif
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.errors import UserError


def motif(channel, level=100):
    return Motif(channel, np.full((96, 96, 3), level, np.uint8), noise=0.5, value=channel / 10, seen=np.zeros(3))


class Counted:
    """Stands for the network: a gradient without end, and all channels awake where there is more than noise."""

    def __init__(self, limit=10**9):
        self.rendered, self.limit = [], limit

    def branch(self, layer, run):
        def measure(images, channels):
            self.rendered += [f"{layer}:{channel}" for channel in channels]
            if len(self.rendered) > self.limit:
                raise KeyboardInterrupt
            return np.random.default_rng(0).normal(size=images.shape).astype(np.float32), np.zeros(len(images))

        return measure

    def see(self, images):
        awake = np.where(np.ptp(images, axis=(1, 2, 3)) < 0.6, 0.01, 10.0)[:, None]
        return {layer: awake * np.linspace(0.5, 1, count) for layer, count in INCEPTION_V3.layers.items()}


def make(layers, folder, network, **more):
    counts = []
    motifs = making.make(
        layers,
        folder,
        of=INCEPTION_V3,
        **{"size": 96, "made_by": "a test"} | more,
        branch=network.branch,
        see=network.see,
        each=counts.append,
    )
    return motifs, sum(counts)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(recipes, "CLEAR", replace(recipes.CLEAR, octaves=((1.0, 1),), rate=0.8, calm=0))


@pytest.mark.slow
def test_a_stopped_run_goes_on_and_renders_nothing_twice(tmp_path):
    stopped = Counted(limit=200)
    with pytest.raises(KeyboardInterrupt):
        make(["mixed0"], tmp_path, stopped)
    there = UnfinishedAtlas(tmp_path, "a test").of("mixed0")
    assert 0 < len(there) < 256 and not (tmp_path / "atlas.json").exists()
    again = Counted()
    motifs, counted = make(["mixed0"], tmp_path, again)
    assert sorted(motifs["mixed0"]) == list(range(256)) and counted == 256
    assert not {f"mixed0:{channel}" for channel in there} & set(again.rendered)
    nothing = Counted()
    assert make(["mixed0"], tmp_path, nothing)[1] == 256 and not nothing.rendered


@pytest.mark.slow
def test_batches_that_are_rendered_at_once_make_the_same_atlas(tmp_path):
    alone, _ = make(["mixed0", "mixed1"], tmp_path / "alone", Counted())
    at_once, counted = make(["mixed0", "mixed1"], tmp_path / "at once", Counted(), at_once=3)
    assert counted == 256 + 288
    for layer, motifs in alone.items():
        assert [(m.channel, m.value, m.image.tobytes()) for m in motifs.values()] == [
            (m.channel, m.value, m.image.tobytes()) for m in at_once[layer].values()
        ]


class Failing(Counted):
    """Of the batches, three at once, the third fails as soon as the fourth and the fifth, which come after the first
    and the second, are in their first step. Whatever is in its first step then takes its time over it until `noticed`.
    """

    def __init__(self):
        super().__init__()
        self.noticed, self._inside = threading.Event(), threading.Barrier(3, timeout=60)

    def branch(self, layer, run):
        free = super().branch(layer, run)

        def measure(images, channels):
            measured = free(images, channels)
            if channels[0] >= 2 * making.BATCH and not self.noticed.is_set():
                if channels[0] < 5 * making.BATCH:
                    self._inside.wait()
                if channels[0] == 2 * making.BATCH:
                    raise KeyboardInterrupt
                assert self.noticed.wait(60)
            return measured

        return measure


def test_one_batch_that_fails_ends_the_others_and_keeps_what_is_there(tmp_path, monkeypatch):
    network = Failing()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, *given, **more):
            network.noticed.set()
            super().shutdown(*given, **more)

    monkeypatch.setattr(making, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(recipes, "CLEAR", replace(recipes.CLEAR, octaves=((1.0, 2),)))
    with pytest.raises(KeyboardInterrupt):
        make(["mixed0"], tmp_path, network, at_once=3)
    assert sorted(UnfinishedAtlas(tmp_path, "a test").of("mixed0")) == list(range(32))
    steps = [network.rendered.count(f"mixed0:{channel}") for channel in range(256)]
    assert steps[:80] == 32 * [2] + 48 * [1]
    assert steps[80:] in (176 * [0], 16 * [1] + 160 * [0])  # the sixth may have come in after the third


@pytest.mark.slow
def test_damaged_parts_and_those_of_other_weights_are_rendered_anew(tmp_path):
    make(["mixed0"], tmp_path, Counted())
    damaged = sorted((tmp_path / "parts").iterdir())[0]
    damaged.write_bytes(damaged.read_bytes()[:1000])
    again = Counted()
    make(["mixed0"], tmp_path, again)
    assert set(again.rendered) == {f"mixed0:{channel}" for channel in range(16)}
    other = Counted()
    make(["mixed0"], tmp_path, other, made_by="other weights")
    assert len(set(other.rendered)) == 256


@pytest.mark.slow
def test_the_sheets_and_the_index_hold_every_layer_that_is_whole(tmp_path):
    make(["mixed0"], tmp_path, Counted())
    make(["mixed1"], tmp_path, Counted())
    index = read_index(tmp_path)
    assert set(index["layers"]) == {"mixed0", "mixed1"}
    assert sorted(index["order"]) == sorted(
        [f"{layer}:{n}" for layer in index["layers"] for n in range(INCEPTION_V3.layers[layer])]
    )
    assert (index["tile"], index["columns"]) == (TILE, COLUMNS)
    for layer, of in index["layers"].items():
        sheet = cv2.imread(str(tmp_path / of["sheet"]))
        rows = -(-INCEPTION_V3.layers[layer] // COLUMNS)
        assert sheet.shape == (rows * TILE, COLUMNS * TILE, 3)
        assert cv2.imread(str(tmp_path / f"{layer}.png")).shape[1] > COLUMNS * 96


def test_the_contact_sheet_numbers_its_motifs():
    plain, starred = contact_sheet([motif(99)]), contact_sheet([motif(1)])
    assert plain.shape == starred.shape == (96 + 14, 98, 3)
    assert (plain[:96, :96] == 100).all() and plain[96:].max() > 150
    assert not np.array_equal(plain[96:], starred[96:])


def test_a_folder_that_can_not_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can't be created"):
        UnfinishedAtlas(tmp_path / "file" / "atlas", "a test")
    with pytest.raises(UserError, match="holds no atlas"):
        read_index(tmp_path)


def test_the_shipped_atlas_is_whole_and_small():
    index = read_index(SMALL)
    assert sum(file.stat().st_size for file in SMALL.iterdir()) < 8 << 20
    assert len(index["order"]) == len(set(index["order"])) == 3136
    for layer, of in index["layers"].items():
        sheet = cv2.imdecode(np.frombuffer((SMALL / of["sheet"]).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        for channel in (0, of["count"] - 1):
            top, left = channel // COLUMNS * TILE, channel % COLUMNS * TILE
            assert sheet[top : top + TILE, left : left + TILE].std() > 8, (layer, channel)


def test_the_curated_channels_exist_are_alive_and_have_words():
    index, names = read_index(SMALL), [one["name"] for one in curated()]
    assert len(names) == len(set(names)) >= 60
    for one in curated():
        layer, channel = one["name"].split(":")
        assert 0 <= int(channel) < INCEPTION_V3.layers[layer] and int(channel) not in index["layers"][layer]["dead"], (
            one
        )
        assert one["word"] and one["tags"] and all(tag == tag.lower() for tag in one["tags"])
    json.dumps(curated())
