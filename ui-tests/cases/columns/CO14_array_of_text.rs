// CO14

use modularml::prelude::*;

fn main() {
    let makers = vec!["A", "B"];
    ColumnArray::of_shape(makers, &[]);
}
