"""Every part against its contract, for mypy to read: nothing here is run."""

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.base import Dreamer, Plain, Step
from kaleidocam.dream.compute.backends.base import Backend
from kaleidocam.dream.compute.backends.on_jax import OnJax
from kaleidocam.dream.compute.backends.on_openvino import OnOpenVINO
from kaleidocam.dream.compute.backends.on_tensorflow import OnTensorFlow
from kaleidocam.dream.compute.backends.on_torch import OnTorch
from kaleidocam.dream.compute.device import OnDevice
from kaleidocam.dream.compute.imaging import PROCESSOR, Imaging, Moved
from kaleidocam.dream.morph import Morph
from kaleidocam.film.pipeline import Advancing, Seeing
from kaleidocam.film.seam import SeamDream, SeamEye
from kaleidocam.motion.flow import Motion
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye


def backends(jax: OnJax, openvino: OnOpenVINO, tensorflow: OnTensorFlow, torch: OnTorch) -> list[Backend]:
    return [jax, openvino, tensorflow, torch]


def imagings(device: OnDevice) -> list[Imaging]:
    return [PROCESSOR, device]


def dreamers(ascent: Ascent, morph: Morph, plain: Plain) -> list[Dreamer]:
    return [ascent, morph, plain]


def steps(ascent: Ascent, morph: Morph, plain: Plain) -> list[Step]:
    return [ascent, morph, plain]


def motions(motion: Motion) -> Moved:
    return motion


def eyes(eye: Eye, seam: SeamEye) -> list[Seeing]:
    return [eye, seam]


def dreams(dream: Dream, seam: SeamDream) -> list[Advancing]:
    return [dream, seam]
