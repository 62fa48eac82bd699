//! Tables as text.

/// Rows of texts as lines: the first column at the left, the others, which are numbers, at the right.
pub(in crate::experiment) fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max();
    let line = |row: &Vec<String>| {
        let cell = |(column, text): (usize, &String)| {
            let width = width(column).unwrap_or_default();
            if column == 0 { format!("{text:width$}") } else { format!("{text:>width$}") }
        };
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
