use super::parse::{Experiment, STATEMENTS};
use super::phase::Kind;
use crate::tests::{assert_documented, rule, words};

fn errors(statements: &str) -> Vec<String> {
    match syn::parse_str::<Experiment>(&format!("experiment Study for Net {{ seed = 0; {statements} }}")) {
        Ok(experiment) => experiment.errors.messages(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn every_wrong_statement_is_told() {
    let found = errors(
        "scale pulse.voltage = MinMax;
         train a { epoch = 20; loss = Mse; feed pulse = Batches::of(3); }
         eval b { epochs = 3; stop = EarlyStopping::patience(3)(val.loss); }
         fit c { loss = Mse(a, b); }
         trian d { }",
    );
    assert_eq!(
        found,
        [
            "say which rows `MinMax` learns from: scale pulse.voltage = [MinMax] fitted on train;",
            "train `a` has no setting `epoch`; did you mean `epochs`? it has nodes, freeze, feed, schedule, loss, mix, accumulate, clip, rate, validate, reduce, average, stop, callbacks, epochs, skip_non_finite, step_loss",
            "`Mse` has no inputs; add them in a last pair of brackets: Mse(..)",
            "say which split `Batches` draws from: ..(train)",
            "eval `b` has no `epochs`; only train phases have it; remove it",
            "early stopping acts on epochs, and eval `b` has none; move it to a train phase",
            "fit `c` has no setting `loss`; it has nodes, feed",
            "unknown statement `trian`; did you mean `train`? an experiment has seed, vary, choose, split, folds, scale, augment, weigh, train, fit, eval, callbacks",
        ]
    );
}

#[test]
fn a_graph_in_brackets_is_told_where_it_belongs() {
    for (header, graph) in
        [("(net: Net)", "Net"), ("(Net)", "Net"), ("(net: a::Net<T>)", "a::Net<T>"), ("()", "<Graph>")]
    {
        let error = syn::parse_str::<Experiment>(&format!("experiment Study{header} {{ seed = 0; }}")).err().unwrap();
        let expected = format!("an experiment names its graph behind `for`: experiment Study for {graph} {{ .. }}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_whole_experiment_is_read() {
    let found = errors(
        "#[allow(ungrouped)]
         split pulse = Random::ratios(train: 0.7, test: 0.3).group_by(pulse.cell);
         scale pulse.voltage = [Standard, MinMax::new()] fitted on train;
         train a {
             nodes = [x]; #[allow(untrained)] freeze = [y];
             feed pulse = Mined::batch(64).same(pulse.cell)(train).hard;
             loss = Mse(soh, pulse.soh) + 0.01 * L2Penalty(x) + WEIGHT * TripletMargin::margin(0.2)(x.anchor, x.negative as positive, x.c);
             validate on test every 2 epochs { loss = Mse(soh, pulse.soh); rmse = Rmse(soh, pulse.soh) in raw units; }
             stop = EarlyStopping::patience(3).restore_best()(val.loss);
             epochs = 20;
         }
         fit f { nodes = [z]; feed pulse = train; }
         #[allow(training_rows)]
         eval b { feed pulse = test; mae = L1(soh, pulse.soh); }",
    );
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_documents_grammar_has_the_keywords_that_are_parsed() {
    let section = "`experiment!`";
    for (name, kind) in [("train", Kind::train()), ("fit", Kind::fit()), ("eval", Kind::eval())] {
        let mut documented = words(&rule(section, name));
        // The keyword, the name behind it, and metrics, which have names of their own.
        documented.retain(|word| ![name, "NAME", "metric"].contains(&word.as_str()));
        let mut parsed = kind.keys().to_vec();
        documented.sort_unstable();
        parsed.sort_unstable();
        assert_eq!(documented, parsed, "{name}");
        for key in kind.keys().iter().filter(|key| !["skip_non_finite", "step_loss", "predictions"].contains(key)) {
            assert_eq!(&words(&rule(section, key))[0], key, "the rule of `{key}` begins with its word");
        }
    }
    assert_documented(section, "item", &STATEMENTS);
}

#[test]
fn types_of_equal_names_are_refused() {
    let found = |phases: &str| {
        let text = format!("experiment Study for Net {{ seed = 0; {phases} }}");
        let Ok(mut experiment) = syn::parse_str::<Experiment>(&text) else { panic!("no experiment") };
        super::results::refuse_equal_types(&mut experiment);
        experiment.errors.messages()
    };
    let eval = |name: &str| format!("eval {name} {{ feed pulse = test; error = L1(soh, pulse.soh); }}");
    let train = "train a { feed pulse = Batches::of(3)(train); loss = Mse(soh, pulse.soh); \
                 validate on test every 2 epochs { loss; } epochs = 2; }";
    assert_eq!(
        found(&eval("results")),
        [
            "the types of the results of all phases and of what `results` reports would both be called `StudyResults`; rename the phase"
        ]
    );
    let val = "what `a` measures by `val`";
    assert_eq!(
        found(&format!("{train} {}", eval("a_val"))),
        [format!("the types of {val} and of what `a_val` reports would both be called `StudyAVal`; rename the phase")]
    );
    assert_eq!(
        found(&format!("{} {train}", eval("a_val"))),
        [format!("the types of what `a_val` reports and of {val} would both be called `StudyAVal`; rename the phase")]
    );
    assert_eq!(found(&format!("{train} {} {}", eval("a_value"), eval("a"))), Vec::<String>::new());
}
