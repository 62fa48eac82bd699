//! A run that is stopped after any step, and goes on in another session, gives the same bits.

use candle_core::{DType, Device, Tensor};
use modularml::experiment::{
    BuildCallback, Callback, EpochInfo, EvalResult, Moment, Next, PhaseResult, Session, State, StepInfo, Watched,
};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use serde_json::Value;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

#[derive(SampleSchema)]
struct Image {
    #[feat]
    pixels: [f32; 3],
    #[target]
    wear: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    #[precision(Bf16)]
    graph Net(pulse: Pulse, image: Image) {
        hidden = Mlp::hidden([6]).output([4]).dropout(0.3)(pulse.voltage);
        normed = BatchNorm(hidden);
        soh = Linear(normed) -> pulse.soh;
        #[allow(own_optimizer)]
        #[optimizer(Sgd::lr(0.01).momentum(0.9))]
        wear = Linear(image.pixels) -> image.wear;
        #[output]
        baseline = Ridge::penalty(0.1)(pulse.voltage) -> pulse.soh;
    }
}

/// Ends a phase after so many evaluations that bring no new best value; counts them in its state.
#[derive(Callback, Clone, Copy)]
#[spec(watches = 1)]
struct Enough {
    /// How many.
    #[setting(first, at_least = 1)]
    evaluations: usize,
}

struct Counting {
    left: usize,
    watched: Watched,
    last: f64,
}

impl BuildCallback for Enough {
    fn build(&self, watched: &[Watched]) -> Box<dyn Callback> {
        Box::new(Counting { left: self.evaluations, watched: watched[0], last: f64::INFINITY })
    }
}

impl Callback for Counting {
    fn on_evaluation_end(&mut self, _: &mut Moment<'_>, measured: &EvalResult) -> Result<Next> {
        let Some(value) = measured.watched(self.watched) else { return Ok(Next::Continue) };
        self.left -= usize::from(value >= self.last);
        self.last = self.last.min(value);
        Ok(if self.left == 0 { Next::EndPhase } else { Next::Continue })
    }

    fn state(&self) -> Result<State> {
        State::of(&(self.left, self.last.to_bits()))
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        let bits;
        (self.left, bits) = state.values()?;
        self.last = f64::from_bits(bits);
        Ok(())
    }
}

/// Makes the learning rates of each phase smaller than those of the one before it.
#[derive(Callback, Clone, Copy)]
struct Slower;

struct Phases(i32);

impl BuildCallback for Slower {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Phases(0))
    }
}

impl Callback for Phases {
    fn on_phase_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        self.0 += 1;
        moment.scale_rates(0.7f64.powi(self.0));
        Ok(Next::Continue)
    }

    fn state(&self) -> Result<State> {
        State::of(&self.0)
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        self.0 = state.values()?;
        Ok(())
    }
}

experiment! {
    experiment Whole for Net {
        callbacks = [Slower];
        seed = 7;
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        split image = Random::ratios(train: 0.6, val: 0.2, test: 0.2);
        scale pulse.voltage = [Standard] fitted on train;
        scale pulse.soh = [MinMax] fitted on train;
        fit ridge {
            nodes = [baseline];
            feed pulse = train;
        }
        train regress {
            feed pulse = Batches::of(6).shuffled()(train);
            feed image = Batches::of(5).shuffled()(train);
            schedule = Alternate::cycle();
            loss = Mse(soh, pulse.soh) + Mse(wear, image.wear) + 0.01 * L2Penalty(soh);
            skip_non_finite;
            accumulate = 3;
            clip = ByNorm::of(1.0);
            rate = [OneCycle::over(20)] per step;
            validate on val every 1 epoch {
                loss;
                rmse = Rmse(soh, pulse.soh) in raw units;
            }
            average = Ema::decay(0.8);
            reduce = ReduceOnPlateau::patience(1).factor(0.5)(val.loss);
            stop = EarlyStopping::patience(2).restore_best()(val.rmse);
            epochs = 5;
        }
        train metric {
            nodes = [soh];
            freeze = [hidden, normed];
            validate on val every 1 epoch { error = Rmse(soh, pulse.soh) in scaled units; }
            callbacks = [Enough::evaluations(2)(val.error)];
            feed pulse = Pairs::of(7).pair([Similar::to(pulse.cell)])(train);
            loss = Mse(soh.anchor, pulse.soh.pair as target);
            epochs = 4;
        }
        eval test {
            feed pulse = test;
            rmse = Rmse(soh, pulse.soh) in raw units;
            by_ridge = Rmse(baseline, pulse.soh) in raw units;
        }
    }
}

/// Some rows; the wear of some images is so large that the loss of their step is infinite.
fn data() -> NetData {
    let pulse = |row: u8| {
        let x = f32::from(row) / 30.0;
        Pulse { voltage: [x, x * x, 1.0 - x, x.sin()], soh: 1.0 - 0.4 * x * x, cell: i64::from(row % 3) }
    };
    let image = |row: u8| {
        let x = f32::from(row) / 20.0;
        Image { pixels: [x, 1.0 - x, x * x], wear: if row % 5 == 3 { 1e30 } else { 2.0 * x } }
    };
    NetData {
        pulse: FeatureSet::from_rows((0..30).map(pulse)).unwrap(),
        image: FeatureSet::from_rows((0..20).map(image)).unwrap(),
    }
}

/// Follows a run, and must be saved with it.
#[derive(Default)]
struct Follower {
    steps: usize,
    skipped: usize,
    epochs: usize,
}

impl Callback for Follower {
    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        self.steps += 1;
        self.skipped += usize::from(!step.loss.is_finite());
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, _: &EpochInfo<'_>) -> Result<Next> {
        self.epochs += 1;
        // It changes the course of the run by what it has counted.
        moment.scale_rates(1.0 / f64::from(u8::try_from(self.epochs).unwrap_or(u8::MAX)));
        Ok(Next::Continue)
    }

    fn state(&self) -> Result<State> {
        State::of(&[self.steps, self.skipped, self.epochs])
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        [self.steps, self.skipped, self.epochs] = state.values()?;
        Ok(())
    }
}

/// The state as a file would hold it: JSON, and the numbers of tensors.
fn written_and_read(state: &State) -> State {
    let text = state.values::<Value>().unwrap().to_string();
    let values: Value = serde_json::from_str(&text).unwrap();
    let tensors = state.tensors().iter().map(|(name, tensor)| (name.clone(), copied(tensor)));
    let read = State::of(&values).unwrap().with_tensors(tensors);
    state.parts().iter().fold(read, |read, (name, part)| read.with_part(name, written_and_read(part)))
}

fn copied(tensor: &Tensor) -> Tensor {
    let numbers = tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
    Tensor::from_vec(numbers, tensor.shape(), &Device::Cpu).unwrap().to_dtype(tensor.dtype()).unwrap()
}

/// The bits of weights and results; what a state says of numbers, it says bit for bit.
fn bits(session: &Session, results: &[PhaseResult]) -> (Vec<(String, Vec<u64>)>, String) {
    let numbers = |tensor: &Tensor| -> Vec<u64> {
        let numbers = tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        numbers.into_iter().map(f64::to_bits).collect()
    };
    let weights = session.graph().state().unwrap();
    (
        weights.iter().map(|(name, tensor)| (name.clone(), numbers(tensor))).collect(),
        State::of(&results).unwrap().values::<Value>().unwrap().to_string(),
    )
}

#[test]
fn a_run_goes_on_from_every_step() {
    let mut study = Whole::new(data()).unwrap();
    study.progress(Progress::Silent);
    let mut other = study.session().again(7, 0).unwrap();
    let mut follower = Follower::default();
    let mut run = study.session_mut().start().unwrap().with(&mut follower);
    let mut states = vec![run.state().unwrap()];
    while run.step().unwrap() {
        states.push(run.state().unwrap());
    }
    let results = run.results().to_vec();
    drop(run);
    let whole = bits(study.session(), &results);

    let trained = results[1].trained().unwrap();
    assert!(follower.skipped > 0, "a step is left out");
    assert!(trained.epochs > 2 && trained.best_epoch.is_some_and(|best| best + 1 < trained.epochs), "{trained:?}");
    assert!(states.len() > 30, "{} states", states.len());
    for (step, state) in states.iter().enumerate() {
        let mut again = Follower::default();
        let run = other.start().unwrap().with(&mut again).resume(&written_and_read(state)).unwrap();
        let results = run.finish().unwrap();
        assert_eq!(bits(&other, &results), whole, "from step {step}");
        assert_eq!((again.steps, again.skipped), (follower.steps, follower.skipped), "from step {step}");
    }
}

#[test]
fn a_run_on_a_mapped_file_goes_on_in_the_middle_of_an_epoch() {
    let folder = std::env::temp_dir().join(format!("modularml-resume-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let NetData { pulse, image } = data();
    let path = folder.join("pulse.arrow");
    pulse.to_arrow_file(&path).unwrap();
    let mapped = FeatureSet::open(&path).unwrap();
    let mut study = Whole::new(NetData { pulse: mapped, image }).unwrap();
    study.progress(Progress::Silent);
    let mut other = study.session().again(7, 0).unwrap();
    let mut run = study.session_mut().start().unwrap();
    let mut states = Vec::new();
    while run.step().unwrap() {
        states.push(run.state().unwrap());
    }
    let results = run.results().to_vec();
    drop(run);
    let whole = bits(study.session(), &results);
    for (step, state) in states.iter().enumerate() {
        let results = other.resume(&written_and_read(state)).unwrap().finish().unwrap();
        assert_eq!(bits(&other, &results), whole, "from step {step}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_state_of_another_run_is_refused() {
    let mut study = Whole::new(data()).unwrap();
    study.progress(Progress::Silent);
    let mut other = study.session().again(8, 0).unwrap();
    let mut run = study.session_mut().start().unwrap();
    run.step().unwrap();
    let state = run.state().unwrap();
    let refused = |session: &mut Session| session.resume(&state).err().unwrap().to_string();
    assert_eq!(
        refused(&mut other),
        "the saved run is of experiment `Whole`, seed 7, fold 0; this is `Whole`, seed 8, fold 0"
    );
    let mut follower = Follower::default();
    let error = study.session_mut().start().unwrap().with(&mut follower).resume(&state).err().unwrap().to_string();
    assert!(error.ends_with("the saved run had 2 callbacks, there are 3; give the run the same ones"), "{error}");
}
