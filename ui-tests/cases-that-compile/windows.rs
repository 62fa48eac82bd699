//! Windows over recordings, with constants, words of Rust and rows of another module.

use modularml::prelude::*;

const LENGTH: usize = 16;

mod recordings {
    use modularml::prelude::*;

    #[derive(SampleSchema)]
    pub struct Reading {
        #[tag(group)]
        pub r#type: String,
        #[tag]
        pub time: f64,
        #[feat]
        pub first: f64,
        #[feat(missing = allow)]
        pub last: f64,
        #[feat]
        pub on: bool,
        #[feat]
        pub image: [[u8; 4]; 4],
    }
}

#[derive(SampleSchema)]
#[windows(of = recordings::Reading, length = 2 * LENGTH, horizon = LENGTH, by = r#type, in_order_of = time)]
struct Piece {
    #[feat(window = [first, last, first], missing = allow)]
    both: [[f64; 3]; 2 * LENGTH],
    #[feat(window = image)]
    film: [[[u8; 4]; 4]; 32],
    #[feat(last)]
    image: [[u8; 4]; 4],
    #[feat(window = first, mean)]
    mean: f32,
    #[feat(window = on)]
    switched: [bool; 32],
    #[target(window = first, ahead)]
    next: [f64; LENGTH],
    #[target(window = on, ahead, any)]
    starts: bool,
    #[tag(group, rename = "kind")]
    r#type: String,
    #[tag(window = time, ahead, last)]
    until: f64,
}

/// Rows of one recording, in the order in which they stand.
#[derive(SampleSchema)]
#[windows(of = recordings::Reading, length = 1)]
struct Single {
    #[feat(window = first)]
    first: [f64; 1],
}

#[test]
fn windows_of_all_kinds_are_made() -> Result<()> {
    let reading = |row: u8| recordings::Reading {
        r#type: "a".into(),
        time: row.into(),
        first: row.into(),
        last: f64::NAN,
        on: row > 40,
        image: [[row; 4]; 4],
    };
    let readings = FeatureSet::from_rows((0..50).map(reading))?;
    let pieces: FeatureSet<Piece> = Windows::stride(1).over(&readings)?;
    assert_eq!(pieces.view().values(Piece::COLUMNS.starts)?, [true, true, true]);
    assert_eq!(pieces.view().values(Piece::COLUMNS.image)?[2], [[33; 4]; 4]);
    let singles: FeatureSet<Single> = Windows::stride(10).over(&readings)?;
    assert_eq!(singles.len(), 5);
    Ok(())
}
