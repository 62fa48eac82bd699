//! What firms invest, of firms that the model has not seen: folds by firm, in each of which inner folds choose the settings of a
//! network, predictions out of fold, and the network compared with a ridge regression in the same folds.
//!
//! `cargo run --release --example folds`; `-- search --jobs 2`, `-- plan`, `-- run --item 0` and `-- collect` run the network
//! alone, item by item, on as many processes and machines as there are.

use std::path::PathBuf;
use std::process::ExitCode;

use modularml::experiment::OverFolds;
use modularml::items::{Chosen, Searched};
use modularml::layers::{Concat, Linear, Mlp, Ridge, Stack};
use modularml::losses::Mse;
use modularml::metrics::Rmse;
use modularml::prelude::*;

/// A firm in a year, in millions of dollars of 1947.
#[derive(SampleSchema)]
struct Year {
    /// What its shares and debts were worth at the end of the year before.
    #[feat]
    value: f32,
    /// What its plant and equipment were worth then.
    #[feat]
    capital: f32,
    /// What it invested.
    #[target]
    invest: f32,
    /// The years of a firm are much alike.
    #[tag(group)]
    firm: String,
}

model_graph! {
    #[optimizer(AdamW::lr(1e-2).weight_decay(0.1))]
    graph InvestNet(year: Year; width: usize = 16, dropout: f64 = 0.2) {
        both = Stack::axis(-1)(year.value, year.capital);
        bent = Mlp::hidden([width]).output([4]).dropout(dropout)(both);
        // A straight line, and what bends it.
        invest = Linear(joined) -> year.invest;
        joined = Concat::axis(-1)(both, bent);
    }
}

model_graph! {
    graph RidgeNet(year: Year) {
        both = Stack::axis(-1)(year.value, year.capital);
        invest = Ridge::penalty(1.0)(both) -> year.invest;
    }
}

experiment! {
    /// In each fold two or three firms are left out. Of the others, inner folds choose the settings, and some firms tell when to
    /// stop.
    experiment InvestStudy for InvestNet {
        seed = 42;
        vary width in [4, 16], dropout in [0.0, 0.2];
        choose GridSearch by test.rmse in KFold::of(3).group_by(year.firm);
        folds year = KFold::of(5).group_by(year.firm) into train, left_out;
        split year.train = Random::ratios(fit: 0.75, stop: 0.25).group_by(year.firm);
        scale year.value = Standard fitted on fit;
        scale year.capital = Standard fitted on fit;
        scale year.invest = Standard fitted on fit;
        train learn {
            feed year = Batches::of(16).shuffled()(fit);
            loss = Mse(invest, year.invest);
            validate on stop every 1 epoch { loss; }
            stop = EarlyStopping::patience(30).restore_best()(val.loss);
            epochs = 400;
        }
        eval test {
            feed year = left_out;
            rmse = Rmse(invest, year.invest) in raw units;
            predictions;
        }
    }
}

experiment! {
    /// The same folds.
    experiment RidgeStudy for RidgeNet {
        seed = 42;
        folds year = KFold::of(5).group_by(year.firm) into train, left_out;
        scale year.value = Standard fitted on train;
        scale year.capital = Standard fitted on train;
        scale year.invest = Standard fitted on train;
        fit learn { nodes = [invest]; feed year = train; }
        eval test { feed year = left_out; rmse = Rmse(invest, year.invest) in raw units; }
    }
}

fn years() -> Result<FeatureSet<Year>> {
    FeatureSet::from_csv(concat!(env!("CARGO_MANIFEST_DIR"), "/data/grunfeld.csv"))
}

fn compared() -> Result<()> {
    let mut study = InvestStudy::new(years()?)?;
    study.progress(Progress::Silent);
    let runs = std::env::var_os("MODULARML_RUNS").map_or_else(|| "runs".into(), PathBuf::from);
    let Searched { results: network, choices, .. } = study.search_in(runs)?;
    for Chosen { choice, .. } in &choices {
        let fold = choice.fold.unwrap_or_default();
        println!("fold {fold}: {} of {} settings, rmse {:.1}", choice.words(), choice.trials.len(), choice.value);
    }
    let ridge = RidgeStudy::new(years()?)?.run_folds()?;
    let told = |name: &str, rmse: &OverFolds| {
        let by_fold: Vec<String> = rmse.by_fold.iter().map(|value| format!("{value:6.1}")).collect();
        println!("{name:8} {} by fold, {:.1} over all years", by_fold.join(" "), rmse.pooled.unwrap_or(f64::NAN));
    };
    told("network", &network.test.rmse);
    told("ridge", &ridge.test.rmse);
    let difference = network.test.rmse.minus(&ridge.test.rmse)?;
    let (low, high) = difference.interval(0.95)?;
    println!(
        "network - ridge: {:.1}, with 95 % confidence {low:.1} to {high:.1}, p = {:.2}",
        difference.mean,
        difference.p_value()?
    );
    let rows = network.test.predictions.batch().num_rows();
    println!("{rows} predictions, each by a model that has not seen the firm, with settings chosen without it");
    println!("rmse = {:.3}", network.test.rmse);
    Ok(())
}

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        return InvestStudy::main(|_| years());
    }
    match compared() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
