//! Forms of the notation with several feeds, streams and inputs that are joined: each runs, is saved, loaded, and predicts
//! the same bits.

use modularml::Registry;
use modularml::data::View;
use modularml::experiment::Session;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

/// A point on a line.
#[derive(SampleSchema, Clone)]
struct Point {
    /// Where it is.
    #[feat]
    x: [f32; 2],
    /// How high it is.
    #[target]
    y: f32,
    /// The place that it was measured at.
    #[tag(group)]
    place: i64,
}

/// What is known of a place.
#[derive(SampleSchema, Clone)]
struct Site {
    /// Metres above the sea.
    #[feat]
    height: f32,
    /// The place.
    #[tag(group)]
    place: i64,
}

fn points(count: u8) -> FeatureSet<Point> {
    let point = |row: u8| {
        let x = f32::from(row) / 20.0;
        Point { x: [x, 1.0 - x * x], y: 2.0 * x - 0.5, place: i64::from(row % 10) }
    };
    FeatureSet::from_rows((0..count).map(point).collect::<Vec<_>>()).unwrap()
}

fn sites() -> FeatureSet<Site> {
    let site = |row: u8| Site { height: f32::from(row) / 5.0, place: i64::from(row) };
    FeatureSet::from_rows((0..10).map(site).collect::<Vec<_>>()).unwrap()
}

/// Every row with the one behind it, or before it.
#[derive(Sampler, Clone, Copy)]
#[roles(anchor, pair)]
#[streams(forwards, backwards)]
struct Neighbours {
    /// How many draws make a batch.
    #[setting(first, at_least = 1)]
    batch: usize,
}

impl Draw for Neighbours {
    fn draw(&self, rows: &View, rng: &mut Rng) -> Result<NeighboursStreams> {
        let draws = (1..rows.len()).map(|_| rng.below(rows.len() - 1)).collect::<Vec<_>>();
        let forwards = draws.iter().map(|&anchor| NeighboursDraw { anchor, pair: anchor + 1 });
        let backwards = draws.iter().map(|&pair| NeighboursDraw { anchor: pair + 1, pair });
        Ok(NeighboursStreams { forwards: forwards.collect(), backwards: backwards.collect() })
    }
}

/// The fourth power of an error.
#[derive(Loss, Clone, Copy)]
#[inputs(prediction: Output, target: Numbers)]
#[shape(prediction == target, elementwise)]
struct Quartic {
    /// What it is multiplied by.
    #[setting(first, above = 0.0)]
    scale: f64,
}

impl Formula for Quartic {
    fn forward(&self, inputs: QuarticInputs<'_>) -> Result<PerSample> {
        let errors = (inputs.prediction - inputs.target)?.sqr()?.sqr()?;
        Ok(PerSample((errors * self.scale)?))
    }
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph Two(left: Point, right: Point) {
        shared = Mlp::hidden([4])(left.x) -> left.y;
        other = Linear::new()(right.x) -> right.y;
    }
}

/// Saves a study, loads it as it is declared and as it is, and compares what they predict to the bit.
macro_rules! same_after_load {
    ($study:ident, $declared:ident, $views:expr) => {{
        let views = $views;
        let before = bits(&$study.session(), &views);
        let thread = std::thread::current();
        let test = thread.name().unwrap_or_default().replace("::", "-");
        let path = std::env::temp_dir().join(format!("modularml-several-{}-{test}.mml", std::process::id()));
        $study.save(&path).unwrap();
        let declared = $declared::load(&path).unwrap();
        let registry = Registry::new()
            .sampler(|settings| Neighbours::from_settings(settings).spec())
            .loss(|settings| Quartic::from_settings(settings).spec());
        let free = Session::load(&path, &registry).unwrap();
        std::fs::remove_file(&path).ok();
        assert_eq!(bits(declared.session(), &views), before);
        assert_eq!(bits(&free, &views), before);
        assert!(!before.is_empty());
    }};
}

/// Two feeds under one schedule.
macro_rules! schedules {
    ($($test:ident: $schedule:ident$(::$mode:ident)?, ($left:literal, $right:literal);)*) => { $(
        #[test]
        fn $test() {
            experiment! {
                experiment Study for Two {
                    seed = 5;
                    split left = Random::ratios(train: 0.5, test: 0.5).group_by(left.place);
                    split right = Random::ratios(train: 0.5, test: 0.5).group_by(right.place);
                    train learn {
                        feed left = Batches::of(4).shuffled()(train);
                        feed right = Batches::of(4).shuffled()(train);
                        schedule = $schedule$(::$mode)?();
                        loss = Mse(shared, left.y) + 0.5 * Quartic::scale(2.0)(other, right.y);
                        validate on test every 1 epoch { loss; }
                        epochs = 2;
                    }
                    eval check {
                        feed left = test;
                        feed right = test;
                        shared = Rmse(shared, left.y);
                        other = L1(other, right.y);
                    }
                }
            }
            let (left, right) = (points($left), points($right));
            let mut study = Study::new(TwoData { left: left.clone(), right: right.clone() }).unwrap();
            let results = study.progress(Progress::Silent).run().unwrap();
            assert!(results.learn.loss.iter().chain(&results.learn.val.loss).all(|value| value.is_finite()));
            same_after_load!(study, Study, [left.view(), left.view()]);
        }
    )* };
}

fn bits(session: &Session, views: &[View]) -> Vec<(String, Vec<u32>)> {
    let outputs = session.predict(views).unwrap();
    let of = |name: &str| {
        let output = outputs.get(name).unwrap().flatten_all().unwrap();
        output.to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect()
    };
    outputs.names().into_iter().map(|name| (name.to_owned(), of(name))).collect()
}

schedules! {
    side_by_side: Zip::new, (40, 40);
    started_again: Zip::cycle, (60, 40);
    as_long_as_all_last: Zip::shortest, (60, 40);
    in_turn: Alternate::new, (40, 40);
    in_turn_started_again: Alternate::cycle, (60, 40);
    in_turn_as_long_as_all_last: Alternate::shortest, (60, 40);
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph Codes(point: Point) {
        #[output]
        code = Mlp::hidden([4]).output([3])(point.x);
    }
}

experiment! {
    experiment Streams for Codes {
        seed = 6;
        split point = Random::ratios(train: 0.6, test: 0.4).group_by(point.place);
        train forwards {
            feed point = Neighbours::batch(4)(train).forwards;
            loss = NtXent::temperature(0.5)(code.anchor, code.pair);
            epochs = 1;
        }
        train backwards {
            feed point = Neighbours::batch(4)(train).backwards;
            loss = NtXent::temperature(0.5)(code.anchor, code.pair);
            epochs = 1;
        }
    }
}

#[test]
fn streams_of_a_sampler() {
    let rows = points(40);
    let mut study = Streams::new(rows.clone()).unwrap();
    study.progress(Progress::Silent).run().unwrap();
    same_after_load!(study, Streams, [rows.view()]);
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph Joined(point: Point, site: Site) {
        align point with site by place;
        place = Linear::to([3])(site.height);
        own = Linear::to([3])(point.x);
        both = Concat::axis(-1)(own, place);
        y = Linear::new()(both) -> point.y;
    }
}

experiment! {
    experiment Joins for Joined {
        seed = 7;
        split point = Random::ratios(train: 0.6, test: 0.4).group_by(point.place);
        scale site.height = Standard fitted on train;
        train learn {
            feed point = Batches::of(8).shuffled()(train);
            loss = Mse(y, point.y);
            validate on test every 1 epoch { loss; }
            epochs = 2;
        }
        eval check { feed point = test; r2 = R2(y, point.y); }
    }
}

#[test]
fn inputs_that_are_joined() {
    let (points, sites) = (points(40), sites());
    let mut study = Joins::new(JoinedData { point: points.clone(), site: sites.clone() }).unwrap();
    study.progress(Progress::Silent).run().unwrap();
    same_after_load!(study, Joins, [points.view(), sites.view()]);
}
