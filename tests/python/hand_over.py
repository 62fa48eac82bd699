"""Hands a table to `examples/hand_over.rs` through Arrow's C data interface and back, and compares values and addresses.

    python hand_over.py LIBRARY

Nothing may be copied on the way: the buffers that come back are those that were handed over.
"""

import ctypes
import datetime
import gc
import sys

import numpy as np
import pyarrow as pa

# What the C data interface says that both structs take, with room to spare.
ROOM = 256


class Addresses(ctypes.Structure):
    _fields_ = [("voltage", ctypes.c_size_t), ("cell", ctypes.c_size_t)]


def batch():
    rng = np.random.default_rng(7)
    voltage = rng.normal(3.7, 0.2, (6, 4)).astype(np.float32)
    utc = datetime.timezone.utc
    at = [datetime.datetime(2026, 1, 31, 12, minute, tzinfo=utc) for minute in range(6)]
    columns = {
        "voltage": pa.FixedSizeListArray.from_arrays(pa.array(voltage.ravel()), 4),
        "current": pa.array([[1.0, 2.0], [], [3.0], [4.0, 5.0, 6.0], [7.0], [8.0]], pa.list_(pa.float32())),
        "soh": pa.array(np.linspace(1.0, 0.5, 6)),
        "cell": pa.array(np.arange(6, dtype=np.int64) + (1 << 53)),
        "maker": pa.array(["B", "A", "A", "B", "B", "µ"]),
        "cycle": pa.array([1, 2, 3, 4, 5, 6], pa.uint16()),
        "at": pa.array(at, pa.timestamp("ns", tz="UTC")),
    }
    return voltage, pa.RecordBatch.from_pydict(columns)


def values(column):
    """The array of an extension type, and others as they are."""
    return getattr(column, "storage", column)


def main(path):
    library = ctypes.CDLL(path)
    voltage, given = batch()
    array, schema, rows, rows_schema = (ctypes.create_string_buffer(ROOM) for _ in range(4))
    at = ctypes.addressof
    given._export_to_c(at(array), at(schema))
    addresses = Addresses()
    failed = library.hand_over(
        *(ctypes.c_void_p(at(part)) for part in (array, schema)),
        ctypes.c_uint32(1),
        ctypes.c_uint32(4),
        *(ctypes.c_void_p(at(part)) for part in (rows, rows_schema)),
        ctypes.byref(addresses),
    )
    assert failed == 0, "the library refused the table"
    found = pa.RecordBatch._import_from_c(at(rows), at(rows_schema))
    gc.collect()

    def address(column, position):
        return column.buffers()[position].address

    # What we hold are the buffers of pyarrow, and what pyarrow got are ours: those of numpy all the way.
    assert addresses.voltage == address(given["voltage"].values, 1) == voltage.ctypes.data
    assert addresses.cell == address(given["cell"], 1)
    back = values(found["features.voltage.raw"]).flatten()
    assert address(back, 1) + back.offset * 4 == voltage.ctypes.data + 4 * 4, "voltage was copied"
    for name, width in [("targets.soh.raw", 8), ("tags.cell.raw", 8), ("tags.cycle.raw", 2), ("tags.at.raw", 8)]:
        own = given[name.split(".")[1]]
        place = address(found[name], 1) + found[name].offset * width
        assert place == address(own, 1) + width, f"{name} was copied"
    assert address(found["tags.maker.raw"], 2) == address(given["maker"], 2), "maker was copied"

    assert np.array_equal(back.to_numpy().reshape(4, 4), voltage[1:5])
    for name in ["targets.soh", "tags.cell", "tags.maker", "tags.cycle", "tags.at", "features.current"]:
        own = given[name.split(".")[1]].slice(1, 4)
        assert values(found[f"{name}.raw"]).to_pylist() == own.to_pylist(), name
    assert found.num_rows == 4 and len(values(found["sample_uuids"])[0].as_py()) == 16
    assert found.schema.field("features.voltage.raw").type.shape == [4]
    # They outlive what they were made of.
    del given, voltage
    gc.collect()
    assert found["tags.cell.raw"].to_pylist() == [(1 << 53) + row for row in range(1, 5)]
    print(f"{found.num_rows} rows went to Rust and back with pyarrow {pa.__version__}, and no buffer was copied")


main(sys.argv[1])
