"""Writes the fixtures in this folder with NumPy and Python's zipfile and gzip.

    python3 make_fixtures.py

Element i is i/2 - 1 in floating point, i - 3 in signed and i in unsigned integers.
"""

import gzip
import io
import json
import os
import struct
import zipfile

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def values(dtype, *shape):
    dtype = np.dtype(dtype)
    i = np.arange(int(np.prod(shape)))
    v = i / 2 - 1 if dtype.kind == "f" else i % 2 if dtype.kind == "b" else i
    return (v - 3 if dtype.kind == "i" else v).astype(dtype).reshape(shape)


def version(array, major):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(major, 0))
    return file.getvalue()


def save(name, data):
    with open(name, "wb") as file:
        file.write(data)


for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "b1"]:
    np.save(f"{kind}.npy", values("<" + kind, 2, 3))
for kind in ["f4", "f8", "i2", "i4", "i8", "u4"]:
    np.save(f"{kind}-big.npy", values(">" + kind, 2, 3))
for kind in ["f4", "f8", "u1"]:
    np.save(f"{kind}-fortran.npy", np.asfortranarray(values("<" + kind, 2, 3, 4)))
np.save("f4-fortran-big.npy", np.asfortranarray(values(">f4", 4, 1, 3, 2)))
np.save("f8-scalar.npy", np.array(-1.0))
np.save("f4-vector.npy", values("<f4", 5))
np.save("f8-empty.npy", np.zeros((0, 3)))
save("f4-version2.npy", version(values("<f4", 2, 3), 2))
save("f4-version3.npy", version(values("<f4", 2, 3), 3))
np.save("object.npy", np.array([None, {}], dtype=object), allow_pickle=True)
np.save("structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
np.save("complex.npy", np.zeros(2, dtype="<c8"))
np.save("u8.npy", values("<u8", 2, 3))

arrays = {"w": values("<f4", 2, 3), "layers/0/bias": values("<f8", 4), "é": values("<i8", 2, 1)}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", zeros=np.zeros((40, 50)), **arrays)
np.savez("none.npz")


class Pipe(io.RawIOBase):
    """A file that cannot go back, so that sizes follow the data."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, part):
        self.data += bytes(part)
        return len(part)


pipe = Pipe()
with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, array in arrays.items():
        archive.writestr(name + ".npy", version(array, 1))
save("streamed.npz", pipe.data)


def safetensors(tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, content) in tensors.items():
        end = len(data) + len(content)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), end]}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


names = {"F64": "f8", "I64": "i8", "F32": "f4", "I32": "i4", "U32": "u4", "F16": "f2", "I16": "i2",
         "U16": "u2", "I8": "i1", "U8": "u1", "BOOL": "b1"}
tensors = {
    f"t.{dtype}": (dtype, [2, 3], values("<" + kind, 2, 3).tobytes())
    for dtype, kind in names.items()
}
bfloat = (values("<f4", 2, 3).view("<u4") >> 16).astype("<u2")
tensors["t.BF16"] = ("BF16", [2, 3], bfloat.tobytes())
tensors["scalar"] = ("U8", [], b"\x07")
tensors["empty"] = ("F64", [0, 3], b"")
save("types.safetensors", safetensors(tensors, {"text": 'é "quoted" \\ \n 😀', "empty": ""}))

text = b"intrinsic " * 100


def member(flags, extra, content):
    """A gzip member with an optional part for each flag, and a checksum of its header."""
    header = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\0\x03" + extra
    if flags & 2:
        header += struct.pack("<H", zipfile.crc32(header) & 0xFFFF)
    return header + gzip.compress(content, mtime=0)[10:]


save("text.gz", gzip.compress(text, mtime=0))
save("members.gz", gzip.compress(text[:600], mtime=0) + gzip.compress(text[600:], 1, mtime=0))
save("options.gz", member(31, b"\x03\0abc" + b"name\0" + b"comment\0", text))
