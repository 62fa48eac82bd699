"""Reads our files with pyarrow and polars, and compares them with what was written.

    read_store.py EXPECTED.json STORE.arrow STUDY.mml MEMBER

EXPECTED.json is {"schema": name, "ids": [uuid], "columns": [{"name": full name, "values": [..], "shape": [..],
"classes": [..]}]}, where only arrays have a shape and only classes have classes. MEMBER is the entry of the .mml file that
holds the data.
"""

import json
import sys
import zipfile

import numpy as np
import pyarrow as pa


def main(expected_path, store_path, study_path, member):
    with open(expected_path, encoding="utf-8") as file:
        expected = json.load(file)

    with pa.memory_map(store_path) as source:
        check(pa.ipc.open_file(source).read_all(), expected)
    with zipfile.ZipFile(study_path) as study:
        check(pa.ipc.open_file(pa.BufferReader(study.read(member))).read_all(), expected)
    print("pyarrow", pa.__version__)

    try:
        import polars
    except ImportError:
        print("polars is not installed")
        return
    check_polars(polars.read_ipc(store_path), expected)
    print("polars", polars.__version__)


def names(expected):
    return [column["name"] for column in expected["columns"]]


def check(table, expected):
    """Ids, arrays with their shapes, tags, classes and the schema's name, as pyarrow sees them."""
    assert table.schema.metadata[b"modularml.schema"].decode() == expected["schema"]
    assert table.column_names == ["sample_uuids", *names(expected)], table.column_names

    ids = table["sample_uuids"]
    assert ids.type == pa.uuid(), ids.type
    assert [str(value.as_py()) for value in ids] == expected["ids"]
    assert ids.combine_chunks().storage.type == pa.binary(16)

    for column in expected["columns"]:
        name = column["name"]
        found = table[name]
        if "shape" in column:
            assert isinstance(found.type, pa.FixedShapeTensorType), f"{name}: {found.type}"
            assert found.type.shape == column["shape"], f"{name}: {found.type}"
            array = found.combine_chunks()
            array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
            assert isinstance(array, pa.FixedShapeTensorArray), f"{name}: {type(array)}"
            numbers = array.to_numpy_ndarray()
            assert numbers.shape == (len(ids), *column["shape"]), f"{name}: {numbers.shape}"
            np.testing.assert_array_equal(numbers, np.array(column["values"], dtype=numbers.dtype), err_msg=name)
        else:
            assert found.to_pylist() == column["values"], f"{name}: {found.to_pylist()}"
        if "classes" in column:
            notes = table.schema.field(name).metadata
            assert json.loads(notes[b"modularml.classes"]) == column["classes"], f"{name}: {notes}"


def check_polars(frame, expected):
    """Names and values, as polars sees them."""
    assert frame.columns == ["sample_uuids", *names(expected)], frame.columns
    for column in expected["columns"]:
        name = column["name"]
        found = frame[name]
        if "shape" in column:
            values = np.array(found.to_list()).reshape(len(frame), *column["shape"])
            np.testing.assert_array_equal(values, np.array(column["values"], dtype=values.dtype), err_msg=name)
        else:
            assert found.to_list() == column["values"], f"{name}: {found.to_list()}"


if __name__ == "__main__":
    main(*sys.argv[1:])
