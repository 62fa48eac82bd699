//! Rows at a fixed step, with constants, words of Rust and rows of another module.

use modularml::prelude::*;

const STEP: usize = 5;
const LIMIT: f64 = 20.0;

mod recordings {
    use modularml::prelude::*;

    #[derive(SampleSchema)]
    pub struct Reading {
        #[tag(group)]
        pub r#type: String,
        #[tag]
        pub time: u16,
        #[feat]
        pub first: f64,
        #[feat(missing = allow)]
        pub last: f64,
        #[feat]
        pub mean: i32,
    }
}

#[derive(SampleSchema)]
#[resampled(of = recordings::Reading, every = STEP, limit = LIMIT, origin = start, by = r#type, in_order_of = time)]
struct Even {
    #[feat(linear)]
    first: f64,
    #[feat(last, missing = allow)]
    last: f64,
    #[feat(mean, missing = allow)]
    mean: f32,
    #[target(of = mean, last)]
    of: i32,
    #[tag(group, rename = "kind")]
    r#type: String,
    #[tag]
    time: u16,
}

#[derive(SampleSchema)]
#[windows(of = Even, length = 2, by = r#type, in_order_of = time)]
struct Pair {
    #[feat(window = first)]
    first: [f64; 2],
    #[tag(group)]
    r#type: String,
}

#[test]
fn steps_of_all_kinds_are_made() -> Result<()> {
    let reading = |time: u16| recordings::Reading {
        r#type: "a".into(),
        time,
        first: time.into(),
        last: f64::NAN,
        mean: time.into(),
    };
    let readings = FeatureSet::from_rows([3, 4, 6, 13, 40, 45].map(reading))?;
    let even: FeatureSet<Even> = Resample::new().over(&readings)?;
    assert_eq!(even.view().values(Even::COLUMNS.time)?, [3, 8, 13, 43]);
    assert_eq!(even.view().values(Even::COLUMNS.first)?, [3.0, 8.0, 13.0, 43.0]);
    assert_eq!(even.view().values(Even::COLUMNS.of)?, [3, 6, 13, 40]);
    assert!(even.view().values(Even::COLUMNS.mean)?[1].is_nan());
    let pairs: FeatureSet<Pair> = Windows::stride(1).over(&even)?;
    assert_eq!(pairs.view().values(Pair::COLUMNS.first)?, [[3.0, 8.0], [8.0, 13.0]]);
    Ok(())
}
