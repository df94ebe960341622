"""Runs a definition's PyTorch reference for fihost.

Descriptor 3 is a stream socket: one JSON request a line in, one reply a line out. Whatever the
reference prints goes to stderr.

    {"op": "open", "source", "device", "inputs": [{"name", "dtype", "scalar"}], "outputs": [...]}
        -> {"torch": version, "device": "cpu" or the GPU's name}
    {"op": "load", "file", "scalars": {name: value}}   the tensors of a call, as safetensors
        -> {}
    {"op": "run", "file"}       one call; its outputs are written as safetensors
        -> {"ms": wall time}
    {"op": "time", "count", "flush_bytes"}             timed calls, caches emptied before each
        -> {"samples_ms": [...]}

A reply {"error": text} says what failed; the process goes on.
"""

import ctypes
import json
import mmap
import os
import socket
import struct
import sys
import time
import traceback

os.dup2(2, 1)  # a reference that prints must not disturb anybody

try:
    import torch
except ImportError as missing:
    channel = socket.socket(fileno=3)
    channel.recv(1 << 20)
    channel.sendall(json.dumps({"error": f"cannot import torch: {missing}"}).encode() + b"\n")
    sys.exit(1)

DTYPES = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float8_e4m3fn": torch.float8_e4m3fn,
    "float8_e5m2": torch.float8_e5m2,
    "int64": torch.int64,
    "int32": torch.int32,
    "int16": torch.int16,
    "int8": torch.int8,
    "bool": torch.bool,
}
TAGS = {
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "BOOL": torch.bool,
}
TAG_OF = {dtype: tag for tag, dtype in TAGS.items()}


def read_tensors(path):
    """{name: tensor on the CPU} of a safetensors file; the tensors own their memory."""
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensor = torch.empty(entry["shape"], dtype=TAGS[entry["dtype"]])
        if end > begin:
            raw = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.uint8)
            tensor.view(-1).view(torch.uint8).copy_(raw)
        tensors[name] = tensor
    return tensors


def write_tensors(path, tensors):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": TAG_OF[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + size],
        }
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for tensor in tensors.values():
            flat = tensor.detach().cpu().contiguous()
            size = flat.numel() * flat.element_size()
            if size > 0:  # NumPy, which would offer the bytes, need not be there
                file.write((ctypes.c_char * size).from_address(flat.data_ptr()))


class Reference:
    def __init__(self, request):
        self.device = request["device"]
        if self.device != "cpu" and not torch.cuda.is_available():
            raise RuntimeError("this PyTorch sees no GPU")
        self.inputs, self.outputs = request["inputs"], request["outputs"]
        self.arguments = None
        module = {"__name__": "reference"}
        exec(compile(request["source"], "<reference>", "exec"), module)
        self.function = module["run"]

    def describe(self):
        name = "cpu" if self.device == "cpu" else torch.cuda.get_device_name(self.device)
        return {"torch": torch.__version__, "device": name}

    def synchronize(self):
        if self.device != "cpu":
            torch.cuda.synchronize(self.device)

    def load(self, request):
        tensors = read_tensors(request["file"])
        self.arguments = None  # the old ones make room first
        self.arguments = [
            request["scalars"][spec["name"]]
            if spec["scalar"]
            else tensors.pop(spec["name"]).to(self.device)
            for spec in self.inputs
        ]
        return {}

    def call(self):
        with torch.no_grad():
            return self.function(*self.arguments)

    def named(self, result):
        """What run() returned, by output name; one value, or a tuple or list of exactly all."""
        if not isinstance(result, (tuple, list)):
            result = [result]
        if len(result) != len(self.outputs):
            raise ValueError(f"run() returned {len(result)} values, wanted {len(self.outputs)}")
        named = {}
        for spec, value in zip(self.outputs, result):
            wanted = DTYPES[spec["dtype"]]
            if not isinstance(value, torch.Tensor):
                value = torch.tensor(value, dtype=wanted)
            if value.dtype != wanted:
                raise ValueError(f"output {spec['name']} is {value.dtype}, wanted {wanted}")
            named[spec["name"]] = value
        return named

    def run(self, request):
        start = time.perf_counter()
        result = self.call()
        self.synchronize()
        elapsed = time.perf_counter() - start
        write_tensors(request["file"], self.named(result))
        return {"ms": 1e3 * elapsed}

    def time(self, request):
        scratch = torch.empty(request["flush_bytes"], dtype=torch.uint8, device=self.device)
        samples = []
        for _ in range(request["count"]):
            scratch.zero_()
            if self.device == "cpu":
                start = time.perf_counter()
                self.call()
                samples.append(1e3 * (time.perf_counter() - start))
                continue
            torch.cuda.synchronize(self.device)
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            self.call()
            end.record()
            end.synchronize()
            samples.append(begin.elapsed_time(end))
        return {"samples_ms": samples}


def answer(reference, request):
    if request["op"] == "open":
        reference = Reference(request)
        return reference, reference.describe()
    return reference, {"load": reference.load, "run": reference.run, "time": reference.time}[
        request["op"]
    ](request)


def main():
    channel = socket.socket(fileno=3)
    reference = None
    with channel.makefile("r", encoding="utf-8") as lines:
        for line in lines:
            try:
                reference, reply = answer(reference, json.loads(line))
            except Exception as error:  # noqa: BLE001: it is the reference's, and told
                traceback.print_exc()
                reply = {"error": f"{type(error).__name__}: {error}"}
            channel.sendall(json.dumps(reply).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())
