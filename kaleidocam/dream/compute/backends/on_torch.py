"""The network in PyTorch: on CUDA, on ROCm (which calls itself CUDA), on a Mac's MPS, or on the processor.

Invariant: as `base.Backend`. In memory the colors are the last axis ("channels last"), whatever the order of axes.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from kaleidocam.dream.compute.backends.base import AMPERE, Spec
from kaleidocam.dream.compute.backends.processor import computes_bfloat16
from kaleidocam.dream.compute.backends.registry import no_gpu
from kaleidocam.dream.compute.libraries import load
from kaleidocam.dream.compute.threads import cores_here

# Before they sleep, threads of GCC's OpenMP spin for milliseconds, which they take from whatever else is at work here.
# With two busy programs beside it, a step at 320x180 took 2.2 s on two cores, and takes 0.12 s so.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")

load("torch", ("lib/libtorch_python.*",))  # and with it all that it needs
import torch  # noqa: E402
from torch.nn import functional  # noqa: E402

from kaleidocam.dream.compute.backends.on_torch_recorded import Recorded  # noqa: E402

SMALL = 2**16  # bytes: CUDA copies no more at once; larger arrays go by memory that stays in place, at full speed
FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def start(device: str) -> "OnTorch":
    return OnTorch(device)


def _find(wanted: str) -> torch.device:
    if wanted != "cpu":
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        if torch.backends.mps.is_available():
            return torch.device("mps")
        if wanted == "gpu":
            raise no_gpu("torch")
    return torch.device("cpu")


class OnTorch:
    name, version, fixed = "torch", torch.__version__, False
    crews: tuple[int, ...] = ()

    def __init__(self, device: str) -> None:
        self._device = _find(device)
        self.gpu = self.holds = self._device.type != "cpu"
        self.alone = self._device.type == "mps"  # two threads on MPS have crashed PyTorch
        self.device = torch.cuda.get_device_name(self._device) if self._device.type == "cuda" else self._device.type
        if self._device.type == "cuda":
            torch.backends.cudnn.benchmark = True  # sizes are few: cuDNN searches the fastest algorithm once for each
            torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False  # float32 means float32

    def precision_for(self, choice: str) -> str:
        if choice != "auto":
            return choice
        if self._device.type == "cuda":
            pays = torch.version.hip is not None or torch.cuda.get_device_capability(self._device)[0] >= AMPERE
        else:
            pays = self._device.type == "cpu" and computes_bfloat16()  # never measured on MPS
        return "bfloat16" if pays else "float32"

    def fix_threads(self, count: int) -> None:
        torch.set_num_threads(count)
        if self._device.type == "cuda":
            torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True

    def work_with(self, threads: int) -> bool:
        return True

    def share_cores(self, at_once: int) -> None:
        torch.set_num_threads(max(1, cores_here() // at_once))

    def array(self, values: np.ndarray) -> torch.Tensor:
        values = np.require(values, requirements=["C", "W"])  # PyTorch warns about read-only arrays
        array = torch.from_numpy(values)
        if self._device.type == "cuda" and array.nbytes > SMALL:
            return array.pin_memory().to(self._device, non_blocking=True)
        return array.to(self._device)

    def numpy(self, array: torch.Tensor) -> np.ndarray:
        array = array.detach()
        if self._device.type != "cuda" or array.nbytes <= SMALL:
            return array.cpu().numpy()
        here = torch.empty(array.shape, dtype=array.dtype, pin_memory=True).copy_(array, non_blocking=True)
        torch.cuda.current_stream(self._device).synchronize()
        return here.numpy()

    def rising(self, f: Callable, specs: Sequence[Spec]) -> Callable:
        def run(first: torch.Tensor, *more: torch.Tensor) -> tuple[torch.Tensor, Any]:
            with torch.enable_grad():
                first = first.detach().requires_grad_()
                score, other = f(first, *more)
                (gradient,) = torch.autograd.grad(score, first)
            return gradient, other.detach()

        return self._recorded(run)

    def compiled(self, f: Callable, specs: Sequence[Spec] | None = None) -> Callable:
        return self._recorded(torch.no_grad()(f))

    def _recorded(self, f: Callable) -> Callable:
        return Recorded(f) if self._device.type == "cuda" else f

    def apart(self) -> nullcontext:
        return nullcontext()

    def planes(self, images: torch.Tensor, precision: str) -> torch.Tensor:
        return images.permute(0, 3, 1, 2).to(FORMATS[precision])

    def unplaned(self, planes: torch.Tensor) -> torch.Tensor:
        return planes.permute(0, 2, 3, 1).to(torch.float32)

    def kernel(self, kernel: np.ndarray, bias: np.ndarray, precision: str) -> tuple[torch.Tensor, torch.Tensor]:
        filters = self.array(kernel.transpose(3, 2, 0, 1)).to(FORMATS[precision], memory_format=torch.channels_last)
        return filters, self.array(bias).to(FORMATS[precision])

    def picked(self, kernel: tuple, at: torch.Tensor) -> tuple:
        return kernel[0][at], kernel[1][at]

    def conv(self, planes: torch.Tensor, kernel: tuple, stride: int, padding: str) -> torch.Tensor:
        return functional.conv2d(planes, kernel[0], kernel[1], stride, padding.lower())

    def pool(self, planes: torch.Tensor, kind: str, stride: int, padding: str, size: int) -> torch.Tensor:
        around = size // 2 if padding == "SAME" else 0
        if kind == "MAX":
            return functional.max_pool2d(planes, size, stride, around)
        return functional.avg_pool2d(planes, size, stride, around, count_include_pad=False)

    def beside(self, planes: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.cat(tuple(planes), 1)

    def relu(self, array: torch.Tensor, leak: float = 0.0) -> torch.Tensor:
        return functional.leaky_relu(array, leak) if leak else functional.relu(array)

    def sum(self, array: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
        return array.sum(axes)

    def mean(self, array: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
        return array.mean(axes)

    def highest(self, array: torch.Tensor, axis: int) -> torch.Tensor:
        return array.max(axis).values

    def turned(self, array: torch.Tensor) -> torch.Tensor:
        return array.transpose(0, 1)

    def sampled(self, picture: torch.Tensor, x: torch.Tensor, y: torch.Tensor, *, cubic: bool, mirrored: bool) -> Any:
        if self._device.type == "mps":  # PyTorch before 2.11 has neither "bicubic" nor "border" there
            return None
        places = torch.stack((x * (2 / (picture.shape[1] - 1)) - 1, y * (2 / (picture.shape[0] - 1)) - 1), -1)
        mode, border = "bicubic" if cubic else "bilinear", "reflection" if mirrored else "border"
        planes = functional.grid_sample(picture.permute(2, 0, 1)[None], places[None], mode, border, align_corners=True)
        return planes[0].permute(1, 2, 0).contiguous()

    def take(self, array: torch.Tensor, at: torch.Tensor, axis: int) -> torch.Tensor:
        if at.dim() == 1:
            return array.index_select(axis, at)
        return array.index_select(0, at.reshape(-1)).reshape(*at.shape, *array.shape[1:])

    def joined(self, arrays: Sequence[torch.Tensor], axis: int) -> torch.Tensor:
        return torch.cat(tuple(arrays), axis)

    def reshaped(self, array: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
        return array.reshape(shape)

    def clip(self, array: torch.Tensor, low: Any, high: Any) -> torch.Tensor:
        return array.clamp(low, high)

    def floor(self, array: torch.Tensor) -> torch.Tensor:
        return array.floor()

    def whole(self, array: torch.Tensor) -> torch.Tensor:
        return array.to(torch.int32)

    def real(self, array: torch.Tensor) -> torch.Tensor:
        return array.to(torch.float32)
