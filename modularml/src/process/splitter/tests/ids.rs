//! Splits by ids in files.

use super::{Told, error, rng, split, told};
use crate::process::splitter::{ByIds, SplitRecord};
use crate::{Registry, SampleSchema as _};

/// A file of ids that is removed at the end.
struct Listed(std::path::PathBuf);

impl Listed {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("modularml-ids-{}-{name}.txt", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &'static str {
        self.0.to_string_lossy().into_owned().leak()
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

#[test]
fn ids_in_files_make_splits() {
    let rows = told(&["", "", "", ""]);
    let files = |pairs: &[(&'static str, &Listed)]| -> ByIds {
        let pairs: Vec<_> = pairs.iter().map(|(name, file)| (*name, file.path())).collect();
        ByIds::files(pairs.leak())
    };
    let ids = rows.ids();
    let first = Listed::new("first", &format!("\u{feff}{}\r\n\r\n  {}\r\n", ids[2], ids[0].simple()));
    let second = Listed::new("second", &ids[1].to_string());
    let by_rows = files(&[("first", &first), ("second", &second)]);
    assert_eq!(split(by_rows, &rows, 0), [vec![0, 2], vec![1]]);
    assert_eq!(split(by_rows.rest("others"), &rows, 0), [vec![0, 2], vec![1], vec![3]]);
    // In a view in another order, with a row twice.
    let view = rows.take(&[2, 1, 0, 2]).unwrap();
    assert_eq!(by_rows.spec().positions(&view, &mut rng(0)).unwrap(), [("first", vec![0, 2, 3]), ("second", vec![1])]);
    let saved = SplitRecord::new(0).split(by_rows).to_json().unwrap();
    assert_eq!(SplitRecord::from_json(&saved, &Registry::new()).unwrap().positions(&rows).unwrap()[1].1, [1]);

    let serials = Listed::new("serials", &format!("{}\n{}\n", i64::MAX, i64::MAX - 2));
    assert_eq!(split(files(&[("some", &serials)]).in_column(Told::COLUMNS.serial), &rows, 0), [vec![0, 2]]);
    let names = Listed::new("names", "cell-1\ncell-3\n");
    let by_name = files(&[("some", &names)]).in_column(Told::COLUMNS.id);
    assert_eq!(split(by_name, &rows, 0), [vec![1, 3]]);
    assert_eq!(by_name.spec().group_by, Some("id"));

    let (wrong, twice) = (Listed::new("wrong", "cell-1\n\ncel-3\nx\n"), Listed::new("twice", "cell-2\ncell-1\n"));
    let by_name = |files: ByIds| error(files.in_column(Told::COLUMNS.id), &rows);
    assert_eq!(
        by_name(files(&[("some", &wrong)])),
        format!(
            "2 of 3 listed ids are none in `id`: `cel-3` in line 3 of `{}` (did you mean `cell-3`?), `x`; remove them, or \
             read the data that they are from",
            wrong.path()
        )
    );
    assert_eq!(
        by_name(files(&[("some", &names), ("others", &twice)])),
        format!(
            "`cell-1` stands twice: in line 1 of `{}` and in line 2 of `{}`; remove one",
            names.path(),
            twice.path()
        )
    );
    assert_eq!(
        error(files(&[("some", &names)]), &rows),
        format!(
            "line 1 of `{}`: `cell-1` is not the id of a row, as 0f8fad5b-d9cb-469f-a165-70867728950e is; of ids in a \
             column add .in_column(..)",
            names.path()
        )
    );
    let of_value = files(&[("some", &names)]).in_column(Told::COLUMNS.value);
    assert_eq!(
        error(of_value, &rows),
        "ByIds.in_column(value): ids are texts or whole numbers, one a row; take another column"
    );
    let gone = error(ByIds::files(&[("some", "no/such/file.txt")]), &rows);
    assert!(gone.contains("no/such/file.txt"), "{gone}");
    let empty = Listed::new("empty", "\n");
    assert_eq!(error(files(&[("some", &empty)]), &rows), "split `some` would be empty of 4 rows");
}
