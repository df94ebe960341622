#!/usr/bin/env python3
"""Run each definition's PyTorch reference and the native CPU reference on the same random inputs.

usage: reference_test.py TASKS TRUSTED
TASKS holds one folder with a definition.json per task, TRUSTED the built objects
<task>/reference.cpu.so. Exit code: 0 all agree, 1 one does not, 77 PyTorch is not installed.
"""

import ctypes
import json
import pathlib
import sys

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed")
    sys.exit(77)

MOE = "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048"
CPU = 1
CODES = {  # torch dtype -> DLPack code, bits
    torch.float32: (2, 32),
    torch.bfloat16: (4, 16),
    torch.int32: (0, 32),
}
if hasattr(torch, "float8_e4m3fn"):
    CODES[torch.float8_e4m3fn] = (10, 8)


class Header(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("magic", "abi_version", "struct_size", "flags")]


class Device(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class DType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", Device),
        ("ndim", ctypes.c_int32),
        ("dtype", DType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class Call(ctypes.Structure):
    _fields_ = [
        ("header", Header),
        ("inputs", ctypes.POINTER(Tensor)),
        ("outputs", ctypes.POINTER(Tensor)),
        ("num_inputs", ctypes.c_uint32),
        ("num_outputs", ctypes.c_uint32),
        ("workspace", ctypes.c_void_p),
        ("workspace_size", ctypes.c_uint64),
        ("stream", ctypes.c_void_p),
        ("device", Device),
    ]


class Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]


Write = ctypes.CFUNCTYPE(None, ctypes.c_void_p, Text)


class Sink(ctypes.Structure):
    _fields_ = [("impl", ctypes.c_void_p), ("write", Write)]


WorkspaceSize = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.POINTER(Call), ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(Sink)
)
Run = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(Call), ctypes.POINTER(Sink)
)


class Candidate(ctypes.Structure):
    _fields_ = [
        ("header", Header),
        ("name", ctypes.c_char_p),
        ("definition", ctypes.c_char_p),
        ("arch", ctypes.c_char_p),
        ("role", ctypes.c_int32),
        ("device_type", ctypes.c_int32),
        ("workspace_size", WorkspaceSize),
        ("prepare", ctypes.c_void_p),
        ("run", Run),
        ("release", ctypes.c_void_p),
    ]


def int64_array(values):
    return (ctypes.c_int64 * max(1, len(values)))(*values)


def describe(tensor):
    code, bits = CODES[tensor.dtype]
    return Tensor(
        tensor.data_ptr(),
        Device(CPU, 0),
        tensor.dim(),
        DType(code, bits, 1),
        int64_array(tensor.shape),
        int64_array(tensor.stride()),
        0,
    )


def run_native(path, inputs, output):
    """Fill `output` by the object at `path`; inputs and output are contiguous CPU tensors."""
    candidate = Candidate.in_dll(ctypes.CDLL(str(path)), "fihost_candidate_v1")
    assert not candidate.prepare, "this test does not call prepare()"
    errors = []
    sink = Sink(None, Write(lambda _, text: errors.append(ctypes.string_at(text.data, text.size))))
    call = Call(
        Header(0x54534846, 1, ctypes.sizeof(Call), 0),
        (Tensor * len(inputs))(*map(describe, inputs)),
        (Tensor * 1)(describe(output)),
        len(inputs),
        1,
        None,
        0,
        None,
        Device(CPU, 0),
    )
    size = ctypes.c_uint64(0)
    if candidate.workspace_size:
        status = candidate.workspace_size(ctypes.byref(call), ctypes.byref(size), ctypes.byref(sink))
        assert status == 0, errors
    workspace = torch.empty(size.value + 256, dtype=torch.uint8)
    call.workspace = (workspace.data_ptr() + 255) // 256 * 256
    call.workspace_size = size.value
    status = candidate.run(None, ctypes.byref(call), ctypes.byref(sink))
    assert status == 0, errors


def random_fp8(generator, *shape):
    return torch.randn(*shape, generator=generator).clamp_(-2, 2).to(torch.float8_e4m3fn)


USED_EXPERTS = 4  # the first ones that exist; every token goes to two of them


def moe_weights(generator, offsets):
    """Both weight tensors, random for the local experts that are used with these offsets."""
    w13 = torch.zeros(32, 4096, 7168, dtype=torch.float8_e4m3fn)
    w2 = torch.zeros(32, 7168, 2048, dtype=torch.float8_e4m3fn)
    for first in {max(0, -offset) for offset in offsets}:
        for local in range(first, first + USED_EXPERTS):
            w13[local] = random_fp8(generator, 4096, 7168)
            w2[local] = random_fp8(generator, 7168, 2048)
    return w13, w2


def moe_inputs(tokens, offset, weights, generator):
    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    logits = normal(tokens, 256)
    begin = max(0, offset)
    for token in range(tokens):
        first = begin + token * 2 % USED_EXPERTS
        logits[token, begin : begin + 32] -= 4
        logits[token, first : first + 2] += 9
    return [
        logits,
        (normal(256) / 64).to(torch.bfloat16),
        random_fp8(generator, tokens, 7168),
        normal(56, tokens),
        weights[0],
        normal(32, 32, 56),
        weights[1],
        normal(32, 56, 16),
        torch.tensor(offset, dtype=torch.int32),
        torch.tensor(2.5),
    ]


def rmsnorm_inputs(rows, generator):
    return [
        torch.randn(rows, 7168, generator=generator).to(torch.bfloat16),
        torch.randn(7168, generator=generator).to(torch.bfloat16),
    ]


def agrees(task, label, expected, actual):
    """Apart from the order of float32 sums, both round the same value to bfloat16."""
    expected, actual = expected.to(torch.float64), actual.to(torch.float64)
    worst = (actual - expected).abs().max().item()
    scale = expected.abs().max().item()
    far = ((actual - expected).abs() > 0.008 * expected.abs() + 1e-5 * scale).sum().item()
    print(f"{task} {label}: largest difference {worst:.3g} of {scale:.3g}, {far} elements too far")
    return far == 0 and scale > 0


def main():
    tasks, trusted = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    generator = torch.Generator().manual_seed(2025)
    cases = [("rmsnorm_h7168", f"batch_size={n}", rmsnorm_inputs(n, generator)) for n in (1, 5, 33)]
    if torch.float8_e4m3fn in CODES:
        sizes = ((2, 0), (5, 96), (3, -8))
        weights = moe_weights(generator, [offset for _, offset in sizes])
        for tokens, offset in sizes:
            label = f"seq_len={tokens} offset={offset}"
            cases.append((MOE, label, moe_inputs(tokens, offset, weights, generator)))
    good = True
    for task, label, inputs in cases:
        namespace = {}
        exec(json.loads((tasks / task / "definition.json").read_text())["reference"], namespace)
        arguments = [t.item() if t.dim() == 0 else t for t in inputs]
        expected = namespace["run"](*arguments)
        rows = inputs[2].shape[0] if task == MOE else inputs[0].shape[0]
        actual = torch.full((rows, 7168), float("nan"), dtype=torch.bfloat16)
        run_native(trusted / task / "reference.cpu.so", inputs, actual)
        good = agrees(task, label, expected, actual) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
