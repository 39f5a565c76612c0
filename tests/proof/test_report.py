"""The page and the figures of a comparison, written from films that nobody had to dream."""

import html
import json
import math
from dataclasses import replace

import numpy as np
from proof.contest import Entry, judged
from proof.pan import pan
from proof.report import ClipResult, figures, write
from proof.rivals import RIVALS

SHAPES = {"portrait": 0.5, "square": 1.0}


def result(name="pan"):
    clip = replace(pan(26), name=name)
    rng, entries = np.random.default_rng(0), []
    for rival in RIVALS:
        film = [np.uint8(np.clip(frame + rng.normal(0, 12, frame.shape), 0, 255)) for frame in clip.frames]
        found = judged(clip, film) | {"rate": 1.0, "strength": 2.0, "recovery": math.inf}
        entries.append(Entry(rival.name, rival.meaning, film, found))
    return ClipResult(clip, (320, 180), entries)


def test_it_says_every_aim_and_whether_it_is_met(tmp_path):
    pan_s = result()
    results = [pan_s, replace(pan_s, clip=replace(pan_s.clip, name="street"))]
    found = figures(results, SHAPES, "spirals")
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text)["clips"]["street"]["ways"]["ours"]["recovery"] == "never"
    assert abs(found["clips"]["street"]["ways"]["ours"]["of alone"] - 1) < 0.1
    write(tmp_path, results, found)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    for row in found["aims"]:
        assert html.escape(row["aim"]) in page
    assert page.count("class='missed'") == sum(not row["met"] for row in found["aims"]) > 5
    assert "never" in page and "{{" not in page and (tmp_path / "street.jpg").exists()
    assert "anisotropy" in page and (tmp_path / "flicker.svg").exists()
