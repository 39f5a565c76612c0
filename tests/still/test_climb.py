"""A climb: as TensorFlow's tutorial where it is asked to be, and better where it is not."""

import numpy as np
import pytest
import tensorflow as tf
from moving import texture

from kaleidocam.dream.network.gradient import Gradient
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.dream.network.weight_file import npz
from kaleidocam.dream.network.weights import load, parts_of
from kaleidocam.dream.objective import parse
from kaleidocam.settings.parameters import Look, Still
from kaleidocam.still.assembly import as_asked
from kaleidocam.still.climb import climb, count_tiles
from kaleidocam.still.octaves import sizes

PLAIN = Look(channel="mixed3 + mixed5", jitter=0)


@pytest.fixture(scope="module")
def picture():
    return np.ascontiguousarray(np.tile(texture(2), (2, 1, 1))[:150, :200])


@pytest.fixture(scope="module")
def layers():
    """mixed3 and mixed5 of Keras's own InceptionV3, with the bundled weights."""
    model = tf.keras.applications.InceptionV3(weights=None, include_top=False)
    stored = npz(INCEPTION_V3.bundled.read_bytes())
    convolutions, norms = (
        [layer for layer in model.layers if isinstance(layer, kind)]
        for kind in (tf.keras.layers.Conv2D, tf.keras.layers.BatchNormalization)
    )
    for kind in (convolutions, norms):
        kind.sort(
            key=lambda layer: (
                int(layer.name.rsplit("_", 1)[-1])
                if layer.name[-1].isdigit() and "_" in layer.name and layer.name.rsplit("_", 1)[-1].isdigit()
                else 0
            )
        )
    for position in {position for position, _ in stored}:
        kernel, *norm = (stored[position, part] for part in parts_of(INCEPTION_V3.convolutions[position]))
        convolutions[position].set_weights([kernel])
        norms[position].set_weights(norm)
    return tf.keras.Model(model.input, [model.get_layer(name).output for name in ("mixed3", "mixed5")])


def tutorial(image, layers, steps, step_size):
    """The tutorial's plain loop: mean losses of the layers added up, their gradient over its deviation, up."""
    losses = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.add_n([tf.reduce_mean(of) for of in layers(image[None])])
        gradient = tape.gradient(loss, image)
        image = tf.clip_by_value(image + step_size * gradient / (tf.math.reduce_std(gradient) + 1e-8), -1, 1)
        losses.append(float(loss))
    return image, losses


def start(picture):
    return tf.constant(picture[..., ::-1].astype(np.float32) / 127.5 - 1)


def ours(picture, text, steps, **more):
    look, still = as_asked(
        PLAIN, Still(octaves=text, octave_steps=steps, step_size=0.01, normalise="deviation", carry="picture", **more)
    )
    measure = Gradient(parse(PLAIN.channel), load("bundled"), "float32", leak=0)
    octaves, _ = sizes(text, still.octave_scale, picture.shape[1::-1])
    values = []
    for step in climb(picture, octaves, look, still, measure, 16):
        values.append(step.value)
    return step.canvas, values


@pytest.mark.slow
def test_the_tutorial_s_plain_loop_step_for_step(picture, layers):
    dreamed, losses = tutorial(start(picture), layers, 15, 0.01)
    canvas, values = ours(picture, "0", 15)
    assert losses[-1] > 1.3 * losses[0]
    np.testing.assert_allclose(values, losses, rtol=0.01)
    difference = np.abs(canvas.image((slice(None), slice(None))) - dreamed.numpy())
    assert difference.mean() < 0.02


@pytest.mark.slow
def test_the_tutorial_s_octaves(picture, layers):
    image, losses = start(picture), []
    for power in (-1, 0, 1):
        size = [int(side * 1.3**power) for side in picture.shape[:2]]
        image, more = tutorial(tf.image.resize(image, size), layers, 5, 0.01)
        losses += more
    _, values = ours(picture, "-1..1", 5)
    np.testing.assert_allclose(values, losses, rtol=0.01)


@pytest.mark.slow
def test_as_by_default_it_rises_and_keeps_detail(picture):
    measure = Gradient(parse("mixed4:245"), load("bundled"), "float32")
    still = Still(octaves="-1..0", octave_steps=6)
    steps, octaves = [], sizes("-1..0", 1.3, (200, 150))[0]
    for step in climb(picture, octaves, Look(), still, measure, 16):
        steps.append((step.octave, step.number, step.canvas.shape[:2], step.value))
    assert [step[:3] for step in steps] == [(o, n, octaves[o][::-1]) for o in range(2) for n in range(6)]
    assert steps[5][3] > 2 * steps[0][3] and len(steps) == count_tiles(octaves, still)


@pytest.mark.slow
def test_twice_the_same(picture):
    def dreamed():
        measure = Gradient(parse("mixed1:3"), load("bundled"), "float32")
        *_, last = climb(picture, [(200, 150)], Look(), Still(octave_steps=4), measure, 8)
        return last.canvas.layer

    assert np.array_equal(dreamed(), dreamed())


@pytest.mark.parametrize("normalise", ["bands", "deviation"])
def test_a_poisoned_gradient_never_reaches_the_picture(picture, normalise):
    def poisoned(image):
        return np.full(image.shape, np.nan, np.float32), float("nan")

    *_, last = climb(picture, [(200, 150)], Look(), Still(octave_steps=2, normalise=normalise), poisoned, 16)
    assert np.isfinite(last.canvas.layer).all() and np.abs(last.canvas.layer).max() < 0.01
    assert last.value == 0
