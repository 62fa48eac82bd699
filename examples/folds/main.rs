//! What firms invest, of firms that the model has not seen: folds by firm, predictions out of fold, and a network compared with
//! a ridge regression in the same folds.
//!
//! `cargo run --release --example folds`; `-- folds --jobs 2`, `-- plan`, `-- run --item 0` and `-- collect` run the network
//! alone, fold by fold, on as many processes and machines as there are.

use std::process::ExitCode;

use modularml::experiment::OverFolds;
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
    graph InvestNet(year: Year) {
        both = Stack::axis(-1)(year.value, year.capital);
        bent = Mlp::hidden([16]).output([4]).dropout(0.2)(both);
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
    /// In each fold two or three firms are left out; of the others some tell when to stop.
    experiment InvestStudy for InvestNet {
        seed = 42;
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
    let network = study.run_folds()?;
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
    println!("{rows} predictions, each by the model that has not seen the firm");
    // One model of all firms, to keep.
    let model = study.refit(&network)?;
    let trained = model.session().results()[0].trained()?;
    println!("refit on all firms: {} epochs", trained.epochs);
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
