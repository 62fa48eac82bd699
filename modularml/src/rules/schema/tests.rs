//! What is refused of columns.

use super::all;
use super::table::field;
use crate::spec::{ColumnSpec, Domain, Dtype, SchemaSpec};
use crate::text::Shape;

const STATE: ColumnSpec =
    ColumnSpec { classes: &["fresh", "worn"], ..ColumnSpec::new("state", Domain::Target, Dtype::Class, Shape::SCALAR) };

#[track_caller]
fn refused(spec: ColumnSpec, words: &str) {
    assert_eq!(field(&spec).unwrap_err().as_str(), words);
}

#[test]
fn a_column_is_refused_in_the_derives_words() {
    assert!(field(&STATE).is_ok());
    let float = ColumnSpec { dtype: Dtype::F32, classes: &[], ..STATE };
    refused(
        ColumnSpec { shape: Shape::new(&[3, 0]), ..float },
        "`state` has shape [3, 0]; every axis must be at least 1",
    );
    refused(
        ColumnSpec { classes: &[], ..STATE },
        "`state` is a Class without its classes; add #[classes(\"..\", \"..\")]",
    );
    refused(
        ColumnSpec { dtype: Dtype::F32, ..STATE },
        "`state` is f32, and only a Class has classes; write Class, or remove #[classes(..)]",
    );
    refused(
        ColumnSpec { classes: &["a", "b", "a"], ..STATE },
        "`state` lists class `a` twice; a class list needs two or more different names",
    );
    refused(
        ColumnSpec { groups: true, ..float },
        "only a #[tag] groups rows, and `state` is a #[target]; remove `group`",
    );
    refused(
        ColumnSpec { sequence: Some(crate::spec::Longer::Refuse), ..float },
        "`state` is a sequence of f32 and has no length; sequences hold numbers, and their shape begins with a length",
    );
    refused(ColumnSpec { stored_as: "raw", ..float }, "`raw` is a reserved name; give the column another");
}

#[test]
fn two_columns_cannot_share_a_name() {
    static COLUMNS: [ColumnSpec; 2] = [STATE, ColumnSpec { key: "other", ..STATE }];
    let found = all(&SchemaSpec { name: "Pulse", columns: &COLUMNS });
    let found: Vec<&str> = found.iter().map(crate::text::Message::as_str).collect();
    assert_eq!(found, ["`state` and `other` are both stored as column `state`; give one another name"]);
}
