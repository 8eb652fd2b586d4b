"""What is measured of the machine: one class for each kind of thing. All sizes are megabytes of 10**6 bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

import psutil

_MEGA = 1e6


class Sampler(ABC):
    """Measures one kind of thing."""

    @abstractmethod
    def sample(self) -> dict[str, float]:
        """Return what is measured now, by the metric's name without the prefix `system/`."""


class CpuSampler(Sampler):
    """Processor time and memory."""

    def __init__(self) -> None:
        psutil.cpu_percent()  # the first answer is always 0: it is measured from one call to the next

    def sample(self) -> dict[str, float]:
        """Return processor use in percent of all cores, and used memory."""
        memory = psutil.virtual_memory()
        return {
            "cpu_utilization_percentage": psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / _MEGA,
            "system_memory_usage_percentage": memory.percent,
        }


class DiskSampler(Sampler):
    """The file system of the root folder."""

    def sample(self) -> dict[str, float]:
        """Return used and available space."""
        usage = psutil.disk_usage("/")
        return {
            "disk_usage_percentage": usage.percent,
            "disk_usage_megabytes": usage.used / _MEGA,
            "disk_available_megabytes": usage.free / _MEGA,
        }


class NetworkSampler(Sampler):
    """Traffic of all network cards since the sampler was made."""

    def __init__(self) -> None:
        self._start = psutil.net_io_counters()

    def sample(self) -> dict[str, float]:
        """Return what was received and sent since the start."""
        now = psutil.net_io_counters()
        return {
            "network_receive_megabytes": (now.bytes_recv - self._start.bytes_recv) / _MEGA,
            "network_transmit_megabytes": (now.bytes_sent - self._start.bytes_sent) / _MEGA,
        }


class GpuSampler(Sampler):
    """NVIDIA GPUs, through pynvml.

    Raises:
        ImportError: pynvml is not installed.
        Exception: there is no driver, or no GPU.
    """

    def __init__(self) -> None:
        import pynvml

        self._nvml: Any = pynvml
        pynvml.nvmlInit()
        self._gpus = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]

    def sample(self) -> dict[str, float]:
        """Return use, memory and power of each GPU; what a GPU does not tell is left out."""
        values: dict[str, float] = {}
        for index, gpu in enumerate(self._gpus):
            for name, value in self._of_one(gpu).items():
                values[f"gpu_{index}_{name}"] = value
        return values

    def _of_one(self, gpu: Any) -> dict[str, float]:
        nvml, values = self._nvml, {}
        try:
            memory = nvml.nvmlDeviceGetMemoryInfo(gpu)
            values["memory_usage_megabytes"] = memory.used / _MEGA
            values["memory_usage_percentage"] = round(memory.used / memory.total * 100, 1)
            values["utilization_percentage"] = float(nvml.nvmlDeviceGetUtilizationRates(gpu).gpu)
            milliwatts = nvml.nvmlDeviceGetPowerUsage(gpu)
            values["power_usage_watts"] = milliwatts / 1000
            values["power_usage_percentage"] = milliwatts / nvml.nvmlDeviceGetEnforcedPowerLimit(gpu) * 100
        except nvml.NVMLError:
            pass  # some cards have no power or utilization counter
        return values


def samplers() -> list[Sampler]:
    """Return one sampler for everything that can be measured here."""
    found: list[Sampler] = [CpuSampler(), DiskSampler(), NetworkSampler()]
    with suppress(Exception):  # no GPU, no driver or no pynvml: nothing to measure, whatever the library calls it
        found.append(GpuSampler())
    return found
