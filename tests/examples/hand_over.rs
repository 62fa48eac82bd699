//! A library that `python/hand_over.py` loads: it takes a table of pyarrow through Arrow's C data interface, and hands it
//! back.

use arrow::array::{Array as _, RecordBatch, StructArray};
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use modularml::data::{Longer, Reader, Representation};

/// Addresses of values as we hold them.
#[repr(C)]
#[derive(Debug, Default)]
pub struct Addresses {
    /// Those of the column `voltage`, an array of f32.
    voltage: usize,
    /// Those of the column `cell`, an i64 a row.
    cell: usize,
}

/// Makes a FeatureSet of a table, and hands over the rows from `first` on, so many; 0 when that is done, and otherwise 1
/// behind a text that says why not.
///
/// # Safety
/// `array` and `schema` are those of a table, which is taken; `rows_array` and `rows_schema` have room for another one, and
/// `addresses` for ours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hand_over(
    array: *mut FFI_ArrowArray,
    schema: *mut FFI_ArrowSchema,
    first: u32,
    count: u32,
    rows_array: *mut FFI_ArrowArray,
    rows_schema: *mut FFI_ArrowSchema,
    addresses: *mut Addresses,
) -> i32 {
    // SAFETY: the caller gives a table away.
    let (array, schema) = unsafe { (FFI_ArrowArray::from_raw(array), FFI_ArrowSchema::from_raw(schema)) };
    match taken(array, &schema, first..first + count) {
        Ok((array, schema, found)) => {
            // SAFETY: the caller has room for all three.
            unsafe {
                rows_array.write(array);
                rows_schema.write(schema);
                addresses.write(found);
            }
            0
        }
        Err(error) => {
            eprintln!("{error}");
            1
        }
    }
}

type Found = (FFI_ArrowArray, FFI_ArrowSchema, Addresses);

fn taken(
    array: FFI_ArrowArray,
    schema: &FFI_ArrowSchema,
    rows: std::ops::Range<u32>,
) -> Result<Found, Box<dyn std::error::Error>> {
    // SAFETY: both are those of one table.
    let table = StructArray::from(unsafe { from_ffi(array, schema) }?);
    let cells = Reader::dynamic()
        .features(["voltage", "current"])
        .targets(["soh"])
        .tags(["cell", "maker", "cycle", "at"])
        .sequence("current", 3, Longer::Refuse)
        .batches([RecordBatch::from(table)])?;
    let view = cells.view().take(&rows.collect::<Vec<_>>())?;
    let addresses = Addresses {
        voltage: cells.view().ndarray::<f32>("voltage", Representation::Raw)?.as_ptr().addr(),
        cell: cells.view().ndarray::<i64>("cell", Representation::Raw)?.as_ptr().addr(),
    };
    let (array, schema) = to_ffi(&StructArray::from(view.to_arrow()?).into_data())?;
    // What is handed over lives as long as whoever has it wants.
    drop((view, cells));
    Ok((array, schema, addresses))
}
