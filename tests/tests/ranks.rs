//! One model on several ranks: the bits depend on the shares of a batch, and not on who computes them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use modularml::experiment::{
    BuildCallback, Callback, ExperimentBuilder, Moment, Next, PhaseResult, Ranks, Session, StepInfo, Threads,
    TrainBuilder, Watched,
};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::{Every, Records, RunRecord};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

fn pulses() -> FeatureSet<Pulse> {
    FeatureSet::from_rows((0..58u8).map(|row| {
        let x = f32::from(row) / 58.0;
        Pulse { voltage: [x, x * x, (7.0 * x).sin(), 1.0 - x], soh: (3.0 * x).cos(), cell: i64::from(row % 5) }
    }))
    .unwrap()
}

fn graph(dropout: f64) -> GraphBuilder {
    GraphBuilder::new("Net")
        .input("pulse", Pulse::SCHEMA)
        .optimizer(Adam::lr(0.02))
        .node("hidden", Mlp::hidden([7]).output([5]).dropout(dropout), ["pulse.voltage"])
        .node("soh", Linear::new(), Reads::of(["hidden"]).predicts("pulse.soh"))
}

fn study(graph: GraphBuilder, train: impl Fn(TrainBuilder) -> TrainBuilder) -> Result<Session> {
    let mut session = ExperimentBuilder::new("Study", graph.spec())
        .seed(7)
        .split("pulse", Random::ratios([("train", 0.8), ("val", 0.1), ("test", 0.1)]))
        .scale("pulse.voltage", [Standard::new()], "train")
        .train("regress", train)
        .eval("test", |eval| eval.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]))
        .build(vec![pulses().view()])?;
    session.progress(Progress::Silent);
    Ok(session)
}

/// On batches of 12 of 46 rows: the last one has 10, which 4 shares do not divide.
fn plain(phase: TrainBuilder) -> TrainBuilder {
    epochs(phase, 3)
}

fn epochs(phase: TrainBuilder, epochs: usize) -> TrainBuilder {
    phase
        .epochs(epochs)
        .feed("pulse", Batches::of(12).shuffled(), "train")
        .loss(Mse, ["soh", "pulse.soh"])
        .add_loss(0.01, L2Penalty, ["soh"])
        .clip(ByNorm::of(1.0))
        .step_loss()
}

fn with_dropout() -> Result<Session> {
    study(graph(0.3), plain)
}

/// Weights by name, as bits.
fn bits(session: &Session) -> BTreeMap<String, Vec<u32>> {
    let numbers = |tensor: Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let all = session.graph().state().unwrap().into_iter();
    all.map(|(name, tensor)| (name, numbers(tensor).into_iter().map(f32::to_bits).collect())).collect()
}

type Outcome = (Vec<PhaseResult>, BTreeMap<String, Vec<u32>>);

/// What a run gives on so many ranks, which all give the same.
fn on(ranks: usize, shares: usize, session: impl Fn() -> Result<Session> + Sync) -> Outcome {
    let all = Threads::run(ranks, |rank| {
        let mut session = session()?;
        let results = session.share_out(Ranks::of(rank).shares(shares))?.run()?;
        Ok((results, bits(&session)))
    });
    let mut all = all.unwrap();
    assert_eq!(all.len(), ranks);
    assert!(all.iter().all(|outcome| *outcome == all[0]), "{ranks} ranks differ");
    all.remove(0)
}

fn alone(session: impl Fn() -> Result<Session>) -> Outcome {
    let mut session = session().unwrap();
    let results = session.run().unwrap();
    (results, bits(&session))
}

fn losses(outcome: &Outcome) -> &[f64] {
    &outcome.0[0].trained().unwrap().step_loss
}

fn same_on_any_ranks(session: impl Fn() -> Result<Session> + Sync + Copy) {
    for shares in [4, 5] {
        let one = on(1, shares, session);
        for ranks in 2..=4 {
            assert_eq!(on(ranks, shares, session), one, "{shares} shares on {ranks} ranks");
        }
    }
}

fn close(left: &[f64], right: &[f64]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| (left - right).abs() <= 1e-4 * right.abs())
}

#[test]
fn any_number_of_ranks_gives_the_same_bits() {
    same_on_any_ranks(with_dropout);
    let four = on(1, 4, with_dropout);
    let mut session = with_dropout().unwrap();
    let results = session.share_out(Ranks::alone().shares(4)).unwrap().run().unwrap();
    assert_eq!((results, bits(&session)), four);
}

#[test]
fn one_share_is_the_whole_batch_to_the_bit() {
    assert_eq!(on(1, 1, with_dropout), alone(with_dropout));
}

#[test]
fn shares_add_up_to_the_whole_batch() {
    let session = || study(graph(0.0), plain);
    let whole = alone(session);
    for shares in [2, 3, 12, 20] {
        let shared = on(2, shares, session);
        assert!(close(losses(&shared), losses(&whole)), "{shares}: {:?}, {:?}", losses(&shared), losses(&whole));
    }
    // Dropout is drawn for each share, so that it is another one than that of the whole batch.
    assert!(!close(losses(&on(2, 2, with_dropout)), losses(&alone(with_dropout))));
}

#[test]
fn batches_that_are_gathered_are_shared_out_as_well() {
    let session = |dropout| {
        study(graph(dropout), |phase| {
            let phase =
                phase.feed("pulse", Batches::of(6).shuffled(), "train").loss(Huber::delta(0.5), ["soh", "pulse.soh"]);
            phase.accumulate(3).step_loss().epochs(3)
        })
    };
    same_on_any_ranks(|| session(0.2));
    assert!(close(losses(&on(3, 3, || session(0.0))), losses(&alone(|| session(0.0)))));
}

#[test]
fn rows_weigh_as_much_in_shares() {
    let session = || {
        let alike = Similar::to(Pulse::COLUMNS.soh).within(0.2).weighting(Weighting::Linear);
        let pairs = Pairs::of(10).pair([alike]);
        study(graph(0.0), |phase| {
            let of_pairs = ["soh.anchor", "pulse.soh.pair as target"];
            phase.feed("pulse", pairs, "train").loss(Mse, of_pairs).step_loss().epochs(3)
        })
    };
    same_on_any_ranks(session);
    assert!(close(losses(&on(2, 4, session)), losses(&alone(session))));
}

#[test]
fn callbacks_end_the_same_epoch_on_all_ranks() {
    same_on_any_ranks(|| {
        study(graph(0.1), |phase| {
            let phase = epochs(phase, 20).val(1, "val", |val| val.loss(Mse, ["soh", "pulse.soh"]));
            phase.callback(EarlyStopping::patience(2).restore_best(), ["val.loss"])
        })
    });
}

/// Ends the phase behind a step on one of the ranks, as a clock would.
struct Clock {
    rings: bool,
    steps: usize,
}

impl Callback for Clock {
    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        self.steps += 1;
        Ok(if self.rings && step.epoch == 1 && step.step == 1 { Next::EndPhase } else { Next::Continue })
    }
}

#[test]
fn what_one_rank_ends_all_end() {
    let steps = Threads::run(3, |rank| {
        let mut session = with_dropout()?;
        session.share_out(Ranks::of(rank))?;
        let mut clock = Clock { rings: session.rank() == 1, steps: 0 };
        session.run_with(&mut clock)?;
        Ok(clock.steps)
    });
    assert_eq!(steps.unwrap(), [6; 3]);
}

#[test]
fn a_run_goes_on_on_other_ranks_from_every_step() {
    let session = || study(graph(0.2), |phase| plain(phase).accumulate(2));
    let whole = on(2, 4, session);
    // The states of a run on 2 ranks, of which the first one is that of a checkpoint.
    let steps = 4 * 3;
    for ranks in [1, 4] {
        for stop in [1, 2, 5, steps] {
            let states = std::sync::Mutex::new(Vec::new());
            Threads::run(2, |rank| {
                let mut session = session()?;
                session.share_out(Ranks::of(rank).shares(4))?;
                let is_first = session.rank() == 0;
                let mut run = session.start()?;
                for _ in 0..stop {
                    run.step()?;
                }
                if is_first {
                    let state = run.state()?;
                    states.lock().unwrap().extend((0..ranks).map(|_| state.clone()));
                }
                Ok(())
            })
            .unwrap();
            let resumed = Threads::run(ranks, |rank| {
                let state = states.lock().unwrap().pop().unwrap();
                let mut session = session()?;
                // How many shares there are is told by the state.
                session.share_out(Ranks::of(rank))?;
                let results = session.resume(&state)?.finish()?;
                Ok((results, bits(&session)))
            });
            assert!(resumed.unwrap().iter().all(|outcome| *outcome == whole), "{ranks} ranks from step {stop}");
        }
    }
}

#[test]
fn a_state_is_refused_where_it_would_give_other_bits() {
    let mut shared = with_dropout().unwrap();
    let state = |session: &mut Session| {
        let mut run = session.start().unwrap();
        run.step().unwrap();
        run.state().unwrap()
    };
    let of_four = state(shared.share_out(Ranks::alone().shares(4)).unwrap());
    let of_whole = state(&mut with_dropout().unwrap());
    let refused = |ranks: Option<Ranks>, from| {
        let mut session = with_dropout().unwrap();
        if let Some(ranks) = ranks {
            session.share_out(ranks).unwrap();
        }
        session.resume(from).err().map(|error| error.to_string())
    };
    assert_eq!(refused(None, &of_four), None, "one rank computes all shares");
    assert_eq!(
        refused(Some(Ranks::alone().shares(2)), &of_four).unwrap(),
        "the saved run cuts each batch into 4 shares, this session into 2; go on with .shares(4), or leave it out"
    );
    assert!(refused(Some(Ranks::alone()), &of_whole).unwrap().starts_with("the saved run takes each batch whole"));
    let too_many = Threads::run(5, |rank| {
        let mut session = with_dropout()?;
        session.share_out(Ranks::of(rank).shares(5))?;
        session.share_out(Ranks::alone().shares(4)).map(drop)
    });
    assert!(too_many.is_ok());
}

#[test]
fn any_order_is_near_and_alike_on_all_ranks() {
    let fast = Threads::run(3, |rank| {
        let mut session = with_dropout()?;
        let results = session.share_out(Ranks::of(rank).shares(4).in_any_order())?.run()?;
        Ok((results, bits(&session)))
    });
    let fast = fast.unwrap();
    assert!(fast.iter().all(|outcome| *outcome == fast[0]));
    assert!(close(losses(&fast[0]), losses(&on(1, 4, with_dropout))));
}

/// Fails at a step.
struct Fails(&'static str);

impl Callback for Fails {
    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        match self.0 {
            "" => Ok(Next::Continue),
            _ if step.epoch == 0 => Ok(Next::Continue),
            "panic" => panic!("a step that must panic"),
            why => Err(Error::own(why)),
        }
    }
}

fn failing(why: &'static str) -> (Vec<Option<String>>, Option<String>) {
    let told = std::sync::Mutex::new(vec![None; 3]);
    let ended = std::panic::catch_unwind(|| {
        Threads::run(3, |rank| {
            let mut session = with_dropout()?;
            session.share_out(Ranks::of(rank))?;
            let place = session.rank();
            let ran = session.run_with(&mut Fails(if place == 1 { why } else { "" }));
            told.lock().unwrap()[place] = ran.as_ref().err().map(ToString::to_string);
            ran
        })
    });
    let error = ended.ok().and_then(Result::err).map(|error| error.to_string());
    (told.into_inner().unwrap(), error)
}

#[test]
fn a_rank_that_fails_ends_all_with_its_error() {
    let text = |text: &str| Some(text.to_owned());
    let (told, error) = failing("no space left");
    assert_eq!(told, [text("rank 1: no space left"), text("no space left"), text("rank 1: no space left")]);
    assert_eq!(error, text("no space left"), "the failure itself is what is told");
    let (told, error) = failing("panic");
    assert_eq!(told, [text("rank 1: has panicked"), None, text("rank 1: has panicked")]);
    assert_eq!(error, None, "the panic goes on");
}

#[test]
fn a_rank_that_ends_or_does_something_else_ends_all() {
    let ended = Threads::run(2, |rank| {
        let mut session = with_dropout()?;
        session.share_out(Ranks::of(rank))?;
        if session.rank() == 0 { session.run().map(drop) } else { Ok(()) }
    });
    let gone = "rank 1: has ended while this rank goes on; do all ranks run the same?";
    assert_eq!(ended.unwrap_err().to_string(), gone);
    let seeds = Threads::run(2, |rank| {
        let rank = Rc::new(rank);
        let mut session = with_dropout()?;
        session.share_out(Ranks::of(Rc::clone(&rank)))?;
        let mut session = session.again(7 + session.rank() as u64, 0)?;
        session.run()
    });
    let error = seeds.unwrap_err().to_string();
    assert!(
        error.starts_with("rank 1 has other seeds than the first rank: 8, not 7; all ranks run the same"),
        "{error}"
    );
}

#[test]
fn a_loss_that_is_not_finite_is_told_alike_by_all() {
    let told = std::sync::Mutex::new(Vec::new());
    let ended = Threads::run(2, |rank| {
        let set = FeatureSet::from_rows((0..40u8).map(|row| Pulse {
            voltage: [f32::from(row); 4],
            soh: if row == 18 { 1e30 } else { 1.0 },
            cell: 0,
        }))?;
        let mut session = ExperimentBuilder::new("Study", graph(0.0).spec())
            .split("pulse", Random::ratios([("train", 0.9), ("rest", 0.1)]))
            .train("regress", |phase| epochs(phase, 1))
            .build(vec![set.view()])?;
        let ran = session.progress(Progress::Silent).share_out(Ranks::of(rank))?.run();
        told.lock().unwrap().extend(ran.as_ref().err().map(ToString::to_string));
        ran
    });
    let told = told.into_inner().unwrap();
    assert!(matches!(ended, Err(Error::NotFinite(_))), "{ended:?}");
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], told[1]);
    assert!(told[0].contains("first not finite: loss `Mse`, in 1 of 6 rows"), "{}", told[0]);
}

#[test]
fn what_needs_the_whole_batch_is_refused() {
    let refused = |session: Result<Session>, ranks: Ranks| {
        let error = session.unwrap().share_out(ranks).expect_err("it is refused");
        assert!(matches!(error, Error::Refused(_)));
        error.to_string()
    };
    let normed = |norm: fn(GraphBuilder) -> GraphBuilder| {
        let graph = GraphBuilder::new("Net").input("pulse", Pulse::SCHEMA).optimizer(Adam::lr(0.02));
        let graph = norm(graph).node("soh", Linear::new(), Reads::of(["normed"]).predicts("pulse.soh"));
        study(graph, |phase| phase.feed("pulse", Batches::of(12), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(1))
    };
    let error = refused(normed(|graph| graph.node("normed", BatchNorm::new(), ["pulse.voltage"])), Ranks::alone());
    assert!(error.contains("node `normed` (BatchNorm) takes statistics over the rows of a batch"), "{error}");
    let inside = |graph: GraphBuilder| {
        const LAYERS: &[modularml::graph::LayerSpec] = &[Linear::to([4]).spec(), BatchNorm::new().spec()];
        graph.node("normed", Sequential::of(LAYERS), ["pulse.voltage"])
    };
    assert!(refused(normed(inside), Ranks::alone()).contains("node `normed` (Sequential) takes statistics"));
    let frozen = |graph: GraphBuilder| graph.node("normed", BatchNorm::new(), Reads::of(["pulse.voltage"]).frozen());
    assert!(normed(frozen).unwrap().share_out(Ranks::alone()).is_ok(), "what is frozen takes none");

    let by_cell = study(graph(0.0), |phase| {
        let batches = Batches::of(12).group_by(Pulse::COLUMNS.cell);
        phase.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(1)
    });
    let error = refused(by_cell, Ranks::alone().shares(2));
    assert!(error.contains("Batches of feed `pulse` makes batches of rows with one `cell`"), "{error}");

    let contrasting = study(graph(0.0), |phase| {
        let pairs = Pairs::of(12).pair([Similar::to(Pulse::COLUMNS.cell)]);
        let phase = phase.feed("pulse", pairs, "train").loss(Mse, ["soh.anchor", "pulse.soh.pair as target"]).epochs(1);
        phase.add_loss(0.1, InfoNce::temperature(0.1), ["hidden.anchor", "hidden.pair"])
    });
    let error = refused(contrasting, Ranks::alone().shares(2));
    assert!(error.contains("loss `InfoNce` compares the rows of a batch with each other"), "{error}");

    let few = Threads::run(3, |rank| with_dropout()?.share_out(Ranks::of(rank).shares(2)).map(drop));
    let error = few.unwrap_err().to_string();
    assert!(error.starts_with("2 shares of a batch for 3 ranks: each rank needs one"), "{error}");
}

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ranks-{name}-{}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Fails on the second rank in the second epoch, unless it was mended.
#[derive(Callback, Clone, Copy)]
struct Breaks;

static MENDED: AtomicBool = AtomicBool::new(true);

struct Breaking;

impl BuildCallback for Breaks {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Breaking)
    }
}

impl Callback for Breaking {
    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        let breaks =
            !MENDED.load(Ordering::SeqCst) && moment.session().rank() == 1 && (step.epoch, step.step) == (1, 2);
        if breaks { Err(Error::own("the power is gone")) } else { Ok(Next::Continue) }
    }
}

#[test]
fn the_first_rank_records_and_the_run_goes_on_on_other_ranks() {
    let scratch = Scratch::new("records");
    let session = || study(graph(0.2), |phase| plain(phase).callback(Snapshots::every(1), []).callback(Breaks, []));
    let record = |runs: &Path| {
        Threads::run(2, |rank| {
            let mut session = session()?;
            let ran = session.share_out(Ranks::of(rank).shares(4))?.run_in(Records::at(runs).every(Every::Steps(1)));
            ran.map(|results| ((results, bits(&session)), session.run_folder().map(Path::to_owned)))
        })
    };
    let mut all = record(&scratch.0).unwrap();
    let ((other, nowhere), (whole, folder)) = (all.pop().unwrap(), all.pop().unwrap());
    assert_eq!(other, whole);
    assert_eq!(nowhere, None, "one writes");
    let runs = RunRecord::all(&scratch.0).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].manifest().shares, Some(4));
    assert!(folder.unwrap().join("snapshots/regress-0002.safetensors").is_file());
    assert_eq!(session().unwrap().verify(runs[0].path()).unwrap().len(), 0, "one rank gives the same");

    for ranks in [1, 4] {
        let broken = scratch.0.join(format!("broken-{ranks}"));
        MENDED.store(false, Ordering::SeqCst);
        let error = record(&broken).unwrap_err().to_string();
        MENDED.store(true, Ordering::SeqCst);
        assert!(error.ends_with("the power is gone"), "{error}");
        let runs = RunRecord::all(&broken).unwrap();
        assert!(runs[0].manifest().outcome.starts_with("failed: rank 1: "), "{}", runs[0].manifest().outcome);
        let resumed = Threads::run(ranks, |rank| {
            let mut session = session()?;
            let results = session.share_out(Ranks::of(rank))?.resume_in(runs[0].path())?;
            Ok((results, bits(&session)))
        });
        assert!(resumed.unwrap().iter().all(|outcome| *outcome == whole), "on {ranks} ranks");
    }
}
