//! Advice that is taken: where a message ends in what to write, it is written so, and the program compiles.

mod rustc;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What a message of a case advises, what it stands in the place of, and what is written there: `old` and `new`, the first
/// of which stands in the case. Advice by a name that is nearly right, and by `#[allow(..)]`, is taken as it is told.
const TAKEN: &[(&str, &str, &str, &str)] = &[
    (
        "AL04_chain",
        "align pulse with site by cell;",
        "align image with site by cell;",
        "align pulse with site by cell;",
    ),
    ("AL05_joined_input_is_split", "split `pulse` instead", "split image = Random::ratios(train: 0.7, test: 0.3);", ""),
    ("AL06_split_tears_rows_apart", ".group_by(pulse.cell)", "test: 0.3);", "test: 0.3).group_by(pulse.cell);"),
    ("AL07_word_is_missing", "align pulse with image by cell;", "align pulse and image", "align pulse with image"),
    (
        "BA09_target_of_what_predicts_nothing",
        "remove `-> pulse.soh` from `code`",
        "        code = KMeans::clusters(4)(pulse.voltage) -> pulse.soh;",
        "        #[output]\n        code = KMeans::clusters(4)(pulse.voltage);",
    ),
    ("BT07_component_by_new", "Batches::of(32)", "Batches::new(32)", "Batches::of(32)"),
    (
        "CB08_callbacks_without_a_list",
        "in brackets",
        "EarlyStopping::patience(3)(val.loss)",
        "[EarlyStopping::patience(3)(val.loss)]",
    ),
    ("CB08_callback_without_its_value", "EarlyStopping..(val.loss)", "patience(3)]", "patience(3)(val.loss)]"),
    ("CB08_penalty_as_a_metric", "loss = L2Penalty(..);", "size = L2Penalty", "loss = L2Penalty"),
    (
        "CB08_units_of_a_loss_not_said",
        "`in raw units`",
        "mse = Mse(soh, pulse.soh)",
        "mse = Mse(soh, pulse.soh) in raw units",
    ),
    (
        "CB08_units_of_a_loss_not_said",
        "`in scaled units`",
        "mse = Mse(soh, pulse.soh)",
        "mse = Mse(soh, pulse.soh) in scaled units",
    ),
    ("CB07_metric_called_predictions", "rename it", "predictions = Accuracy", "accuracy = Accuracy"),
    (
        "CB16_curve_in_validate",
        "measure it in an eval phase",
        "roc = Roc(state, pulse.state); }\n            stop = EarlyStopping::patience(3)(val.roc);\n            epochs = 20;\n        }\n",
        "}\n            epochs = 20;\n        }\n        eval test { feed pulse = test; roc = Roc(state, pulse.state); }\n",
    ),
    ("CB17_curve_of_three_classes", ".class(1)", "Roc(", "Roc.class(1)("),
    ("CB18_constant_that_gives_a_curve", "write Confusion, Roc", "{CURVE}(", "Roc("),
    ("CB09_scores_against_floats", "use Rmse, L1 or R2", "RocAuc(", "R2("),
    ("CB10_probabilities_of_log_softmax", "Brier.from_logits()", "Brier(", "Brier.from_logits()("),
    ("CB14_unit_of_classes", "remove `in raw units`", " in raw units", ""),
    (
        "CO05_integer_code_as_amount",
        "pulse.chemistry.as_number()",
        "(pulse.chemistry)",
        "(pulse.chemistry.as_number())",
    ),
    ("CH02_phase_alone", "by regress.val.loss", "by regress;", "by regress.val.loss;"),
    ("CH03_not_of_val", "by regress.val.rmse", "by regress.rmse", "by regress.val.rmse"),
    ("CH04_range_in_grid", "write RandomSearch::trials(40)", "GridSearch", "RandomSearch::trials(40)"),
    ("CH05_halving_before_val", "write .from(5)", ".from(2)", ".from(5)"),
    ("CH06_by_the_folds_that_are_reported", "in KFold::of(3)", "unseen.rmse;", "unseen.rmse in KFold::of(3);"),
    ("CH06_one_choice_for_all_folds", "in KFold::of(3)", "val.rmse;", "val.rmse in KFold::of(3);"),
    (
        "CH06_one_choice_for_all_grouped_folds",
        "in KFold::of(3).group_by(pulse.cell)",
        "val.rmse;",
        "val.rmse in KFold::of(3).group_by(pulse.cell);",
    ),
    ("CH07_inner_folds_tear_groups", ".group_by(pulse.cell)", "KFold::of(3);", "KFold::of(3).group_by(pulse.cell);"),
    ("CO12_embedding_of_codes_without_entries", "Embedding::size(4).entries(n)", "size(4)", "size(4).entries(7)"),
    ("CO12_one_hot_of_codes_without_entries", "OneHot.entries(n)", "OneHot(", "OneHot.entries(7)("),
    ("CO12_embedding_of_other_classes", "leave .entries(..) out", ".entries(10)", ""),
    ("CO13_column_of_another_input", "write pulse.cell", "other.cell", "pulse.cell"),
    (
        "DA01_no_shape",
        "#[layer(shape = same)]",
        "#[derive(Layer, Clone, Copy)]",
        "#[derive(Layer, Clone, Copy)]\n#[layer(shape = same)]",
    ),
    ("DA05_no_output_shape_in_the_graph", ".size([n])", "Head(pulse.voltage)", "Head.size([4])(pulse.voltage)"),
    ("DA13_padding_unsaid", "#[layer(.., padding = zeros)]", "learns = nothing)", "learns = nothing, padding = zeros)"),
    ("DL02_elementwise_of_unequal_shapes", "write a == b too", "elementwise)", "elementwise, prediction == target)"),
    (
        "DA04_shape_that_does_not_fit_the_target",
        "put Linear::new() behind it",
        "curve = Wide::width(9)(pulse.voltage)",
        "wide = Wide::width(9)(pulse.voltage);\n        curve = Linear::new()(wide)",
    ),
    ("LO17_node_against_itself", "`soh as target`", "(soh, soh)", "(soh, soh as target)"),
    (
        "LO17_one_output_three_times",
        "`encoder as positive`",
        "(encoder, encoder, encoder)",
        "(encoder, encoder as positive, encoder as negative)",
    ),
    ("NO18_layer_by_new", "Linear::to([64])", "Linear::new(64)", "Linear::to([64])"),
    ("RO02_triplet_loss_on_plain_batches", "such as Triplets", "Batches::of(32)", "Triplets::of(32).same(pulse.cell)"),
    (
        "SH01_attention_of_a_vector",
        "put Reshape::to([101, 1]) between them",
        "block = TransformerEncoder::heads(1)(pulse.voltage)",
        "steps = Reshape::to([101, 1])(pulse.voltage);\n        block = TransformerEncoder::heads(1)(steps)",
    ),
    (
        "SH01_channels_wanted_vector_given",
        "put Reshape::to([1, 101]) between them",
        "encoder = Conv1d::channels(16).kernel(3)(pulse.voltage)",
        "one = Reshape::to([1, 101])(pulse.voltage);\n        encoder = Conv1d::channels(16).kernel(3)(one)",
    ),
    (
        "SH08_element_that_does_not_fit",
        "put Reshape::to([1, 64]) between them",
        "Flatten, MaxPool1d",
        "Flatten, Reshape::to([1, 64]), MaxPool1d",
    ),
    (
        "SP18_conditions_in_a_list",
        "a.and(b)",
        "[pulse.cell.lt(5), pulse.source.eq(\"ours\")]",
        "pulse.cell.lt(5).and(pulse.source.eq(\"ours\"))",
    ),
    (
        "SP18_conditions_joined_by_signs",
        "a.and(b)",
        "pulse.cell.lt(5) && pulse.source.eq(\"ours\")",
        "pulse.cell.lt(5).and(pulse.source.eq(\"ours\"))",
    ),
    (
        "ST01_input_not_fed",
        "feed cell = Batches::of(32).shuffled()(old);",
        "feed pulse",
        "feed cell = Batches::of(32).shuffled()(old);\n            feed pulse",
    ),
    ("ST05_rows_of_another_input", "(train)", "(cell.old)", "(train)"),
    ("LO01_shapes_that_broadcast", "`-> pulse.soh`", ".output([101])(pulse.voltage)", "(pulse.voltage) -> pulse.soh"),
    ("LO02_one_value_for_a_number", "`-> pulse.soh`", ".output([1])(pulse.voltage)", "(pulse.voltage) -> pulse.soh"),
    ("LO03_classes_loss_on_a_number", "use Mse", "CrossEntropy::new()", "Mse"),
    ("LO06_bce_on_an_unbounded_output", "BceWithLogits", "Bce(", "BceWithLogits("),
    ("LO07_regression_loss_on_classes", "use CrossEntropy", "Mse(", "CrossEntropy("),
    ("LO08_prediction_and_target_swapped", "swap the inputs", "(pulse.state, state)", "(state, pulse.state)"),
    ("LO11_weight_zero", "remove the term", " + 0.0 * L2Penalty(soh)", ""),
    ("LO16_two_rows_compared", "`pulse.soh.anchor`", "pulse.soh.positive", "pulse.soh.anchor"),
    ("LO16_two_rows_compared", "`pulse.soh.positive as target`", "pulse.soh.positive", "pulse.soh.positive as target"),
    ("LO16_variance_of_another_row", "`spread.anchor`", "spread.positive", "spread.anchor"),
    ("LO16_variance_of_another_row", "`spread.positive as variance`", "spread.positive", "spread.positive as variance"),
    ("LO18_scores_for_logarithms", "CrossEntropy, which takes logits", "Nll(", "CrossEntropy("),
    ("ME03_same_node_twice", "name another input", "(encoder, encoder, thermal)", "(encoder, thermal)"),
    (
        "ME04_rows_that_could_be_aligned",
        "align pulse with image by cell;",
        "a = Linear",
        "align pulse with image by cell;\n        a = Linear",
    ),
    ("NO09_no_inputs", "a last pair of brackets", ".output([16]);", ".output([16])(pulse.voltage);"),
    ("NO13_no_output_shape", ".output([n])", "hidden([64])(", "hidden([64]).output([16])("),
    (
        "NO13_no_output_shape_of_linear",
        "Linear::to([n])",
        "Linear::new()(pulse.voltage)",
        "Linear::to([16])(pulse.voltage)",
    ),
    (
        "PH03_no_epochs",
        "epochs = 20;",
        "loss = Mse(soh, pulse.soh);",
        "loss = Mse(soh, pulse.soh);\n            epochs = 20;",
    ),
    (
        "PH11_rate_behind_an_endless_one",
        "put StepDecay last",
        "[StepDecay::every(5), Ramp::over(5)]",
        "[Ramp::over(5), StepDecay::every(5)]",
    ),
    ("PH14_leads_a_momentum_of_zero", ".momentum(0.9) behind Sgd", "Sgd::lr(0.1)", "Sgd::lr(0.1).momentum(0.9)"),
    (
        "PH14_leads_no_momentum",
        ".keep_momentum() behind Triangle",
        "Triangle::up(100)",
        "Triangle::up(100).keep_momentum()",
    ),
    ("PH26_predictions_of_no_rows", "feed pulse = <split>;", "{ predictions; }", "{ feed pulse = test; predictions; }"),
    (
        "PH26_predictions_in_validate",
        "write an eval phase that feeds this split, with: predictions;",
        "loss; predictions; }\n            epochs = 20;\n        }\n",
        "loss; }\n            epochs = 20;\n        }\n        eval val { feed pulse = val; predictions; }\n",
    ),
    (
        "PH26_predictions_twice",
        "remove one",
        "accuracy = Accuracy(state, pulse.state);\n            predictions;",
        "accuracy = Accuracy(state, pulse.state);",
    ),
    ("RO02_role_in_an_eval_phase", "leave `.anchor` out", "soh.anchor", "soh"),
    (
        "RO02_roles_in_an_evaluation",
        "feed them in the braces of `validate` as well",
        "{ loss; }",
        "{ feed pulse = Triplets::of(32).same(pulse.cell)(val); loss; }",
    ),
    (
        "RO06_roles_swapped",
        "encoder.negative as positive",
        "encoder.negative, encoder.positive",
        "encoder.negative as positive, encoder.positive as negative",
    ),
    ("RO17_name_behind_as", "encoder.positive as positive", "as bogus", "as positive"),
    ("RO17_name_behind_as_in_a_metric", "pulse.soh as target", "as prediction", "as target"),
    ("SC01_field_without_domain", "write #[feat]", "    voltage:", "    #[feat]\n    voltage:"),
    ("SC05_no_fixed_shape", "#[feat(length = 50)]", "#[feat]\n    voltage", "#[feat(length = 50)]\n    voltage"),
    ("SC08_reserved_name", "`raw_soh`", " raw:", " raw_soh:"),
    ("SC10_separator_in_rename", "`cell_voltage`", "cell.voltage", "cell_voltage"),
    ("SC12_classes_of_a_float", "write Class", "f32,\n}", "Class,\n}"),
    (
        "SH01_sequence_wanted_vector_given",
        "put Reshape::to([101, 1]) between them",
        "code = Lstm::hidden(16).last()(pulse.voltage);",
        "steps = Reshape::to([101, 1])(pulse.voltage);\n        code = Lstm::hidden(16).last()(steps);",
    ),
    ("SL13_imputer_before_is_missing", "leave Imputer out", "[Imputer, Standard]", "Standard"),
    ("SL01_no_split_to_fit_on", "fitted on train;", "[MinMax::new()];", "[MinMax::new()] fitted on train;"),
    ("SL11_column_without_its_input", "scale pulse.voltage = ..", "scale voltage", "scale pulse.voltage"),
    (
        "ST12_input_and_split_exchanged",
        "feed pulse = ..(train)",
        "feed train = Batches::of(32).shuffled()(pulse)",
        "feed pulse = Batches::of(32).shuffled()(train)",
    ),
    ("SY07_no_seed", "add: seed = 42;", "split pulse", "seed = 42;\n        split pulse"),
    ("SY13_colons_for_a_dot", "pulse.voltage", "pulse::voltage", "pulse.voltage"),
    (
        "SY13_inputs_before_settings",
        "before the last pair of brackets",
        "(pulse.voltage).output([8])",
        ".output([8])(pulse.voltage)",
    ),
    ("SY13_keyword_as_a_node", "write r#match", "match = ", "r#match = "),
    ("TA01_output_and_target_disagree", "leave the output shape out", "Linear::to([3])", "Linear"),
    ("TA02_output_contradicts_target", "leave the output shape out", ".output([2])", ""),
    ("TA07_target_without_its_input", "`-> pulse.soh`", "-> soh", "-> pulse.soh"),
    ("RS01_step_of_zero", "for example \"10 s\"", "every = \"0 s\"", "every = \"10 s\""),
    ("RS01_limit_that_is_no_span", "for example \"10 s\"", "limit = \"soon\"", "limit = \"10 s\""),
    ("RS03_part_of_a_day", "for example \"7 days\"", "every = \"12 h\"", "every = \"7 days\""),
    (
        "RS05_recording_that_is_not_carried_over",
        "#[tag(group)] cell: u32",
        "    #[tag]\n    at: Timestamp,\n}\n\nfn",
        "    #[tag]\n    at: Timestamp,\n    #[tag(group)]\n    cell: u32,\n}\n\nfn",
    ),
    (
        "RS07_values_that_are_not_said",
        "write #[feat(last)]",
        "#[feat]\n    voltage: f32,\n    #[tag(group)]",
        "#[feat(last)]\n    voltage: f32,\n    #[tag(group)]",
    ),
    (
        "RS12_line_in_a_plain_sample",
        "write #[resampled(of = Reading, every = \"10 s\", limit = \"1 min\", in_order_of = at)] above the struct",
        "struct Even",
        "#[resampled(of = Reading, every = \"10 s\", limit = \"1 min\", in_order_of = at)]\nstruct Even",
    ),
    ("WN04_horizon_that_is_not_read", "remove `horizon`", ", horizon = 10", ""),
    (
        "WN05_recording_that_is_not_carried_over",
        "#[tag(group)] cell: u32",
        "#[tag]\n    cell: u32",
        "#[tag(group)]\n    cell: u32",
    ),
    (
        "WN08_values_that_are_not_said",
        "write #[feat(window = voltage)]",
        "#[feat]\n    voltage: [f32; 256]",
        "#[feat(window = voltage)]\n    voltage: [f32; 256]",
    ),
    ("WN09_ahead_without_a_horizon", "horizon = 10", "length = 256", "length = 256, horizon = 10"),
    ("WN10_columns_first_of_one_column", "remove it", ", columns_first", ""),
    ("WN12_all_values_where_one_is_taken", "leave out `last`", ", last)]", ")]"),
    ("WN12_axes_the_other_way_round", "add columns_first", "voltage])]", "voltage], columns_first)]"),
    (
        "WN13_missing_values_of_rows",
        "write #[feat(.., missing = allow)]",
        "(window = voltage)",
        "(window = voltage, missing = allow)",
    ),
    (
        "WN15_window_of_a_plain_sample",
        "write #[windows(of = Reading, length = 256)] above the struct",
        "struct Piece",
        "#[windows(of = Reading, length = 256)]\nstruct Piece",
    ),
    ("WN16_no_length", "write of = Reading, length = 256", "of = Reading", "of = Reading, length = 256"),
    ("SC15_named_array_of_options", "write f32, NaN where it is missing", "voltage: Option<f32>", "voltage: f32"),
    ("TI01_specifier_that_is_none", "\"epoch ms\"", "%Y-%m-%dT%Q", "epoch ms"),
    ("TI02_format_of_another_type", "write one such as \"%d.%m.%Y\"", "%d.%m.%Y %H:%M", "%d.%m.%Y"),
    ("TI08_since_no_time", "write \"2026-01-31\"", "2026-02-30", "2026-01-31"),
    ("CO15_condition_that_is_no_decimal", "write, for example, \"12.50\"", "2.505", "2.50"),
    ("SC17_decimal_of_too_many_digits", "or f64", "Decimal<19>", "f64"),
    (
        "TI16_twice_without_a_zone",
        "zone = \"Europe/Berlin\"",
        "twice = earlier",
        "zone = \"Europe/Berlin\", twice = earlier",
    ),
    ("TI16_twice_at_an_offset", "zone = \"Europe/Berlin\"", "+01:00", "Europe/Berlin"),
    ("TI16_twice_of_a_date", "remove `twice = missing`", "(twice = missing)", ""),
    (
        "TI14_zone_without_an_offset",
        "2026-01-31T12:30:00+01:00",
        "lt(\"2026-01-01\")",
        "lt(\"2026-01-01T12:30:00+01:00\")",
    ),
    ("WE08_column_alone", "weigh pulse by pulse.weight;", "weigh pulse.weight;", "weigh pulse by pulse.weight;"),
    ("CB21_threshold_not_said", ".threshold(0.5)", "F1(last, clip.loud)", "F1.threshold(0.5)(last, clip.loud)"),
    (
        "TH02_split_is_not_said",
        "on val;",
        "F1(loud, clip.loud);\n            f1",
        "F1(loud, clip.loud) on val;\n            f1",
    ),
    ("TH04_metric_that_decides_nothing", "use F1", "RocAuc(loud", "F1(loud"),
    ("TH04_metric_that_is_no_number", "Recall.at_least(0.9)", "Confusion(loud", "Recall.at_least(0.9)(loud"),
    ("TH05_precision_alone", "Precision.at_least(0.9)", "Precision(loud", "Precision.at_least(0.9)(loud"),
    ("TH05_recall_alone", "Recall.at_least(0.9)", "Recall(loud", "Recall.at_least(0.9)(loud"),
    ("LO22_weights_of_one_label", "positive_weight(3.0)", "positive_weights(yes: 4.0)", "positive_weight(3.0)"),
    ("CB24_power_of_no_distribution", "1.5 for amounts", "power(0.5)", "power(1.5)"),
];

/// Cases of several mistakes, each of which has its own advice.
const NOT_TAKEN: &[&str] = &[
    "PM12_rule_of_the_experiment",
    "CB10_probabilities_of_logits",
    "DA06_two_refused_and_one_of_another_shape",
    "DA12_padding",
    "SH13_windows_that_contradict_themselves",
];

/// A message in the words of a case: what it says, the line that it stands at, and the columns of the carets.
struct Message {
    text: String,
    line: String,
    carets: (usize, usize),
}

impl Message {
    /// Whether it says in tokens what is to be written, without a place for what only the user knows.
    fn says_what_to_write(&self) -> bool {
        let advice = ["; write ", "; add: ", "; put ", "; use ", "; leave "].iter();
        let advice = advice.filter_map(|start| self.text.split_once(start)).map(|(_, advice)| advice);
        let has_code = |advice: &str| ["(", ".", "`", "#["].iter().any(|mark| advice.contains(mark));
        advice
            .into_iter()
            .any(|advice| has_code(advice) && ["<", "..", "[n]"].iter().all(|open| !advice.contains(open)))
    }
}

/// A program in which one advice was taken.
struct Mended {
    case: String,
    advice: String,
    program: String,
}

#[test]
fn advice_that_is_taken_compiles() {
    let mended = mended();
    let programs: Vec<_> = mended.iter().map(|mended| mended.program.as_str()).collect();
    let told = rustc::errors("advice", &programs).into_iter().map(|told| {
        let Mended { case, advice, .. } = &mended[told.program];
        format!("{case}, {advice}, line {}: {}\n", told.line, told.message)
    });
    let told: String = told.collect();
    println!("figure advice: {} messages, each taken", mended.len());
    assert!(told.is_empty(), "advice that is taken is refused:\n{told}");
}

fn mended() -> Vec<Mended> {
    let mut all = Vec::new();
    let (mut known, mut left) = (BTreeSet::new(), String::new());
    for case in cases() {
        let name = case.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let program = fs::read_to_string(&case).expect("a case");
        let messages = messages(&fs::read_to_string(case.with_extension("stderr")).expect("its message"));
        let taken = all.len();
        // What one advice mends leaves the other mistakes of a case.
        if let [message] = messages.as_slice() {
            for (advice, program) in as_told(message, &program) {
                all.push(Mended { case: name.clone(), advice, program });
            }
        }
        for (_, told, old, new) in TAKEN.iter().filter(|(of, ..)| *of == name) {
            known.insert(name.clone());
            assert!(messages.iter().any(|message| message.text.contains(told)), "{name} does not advise {told}");
            assert!(program.contains(old), "{name} has no {old}, in the place of which {new} would be written");
            let program = program.replace(old, new);
            all.push(Mended { case: name.clone(), advice: (*new).to_owned(), program });
        }
        let is_taken = all.len() > taken || NOT_TAKEN.contains(&name.as_str());
        if !is_taken && let Some(message) = messages.iter().find(|message| message.says_what_to_write()) {
            let _ = writeln!(left, "{name}: {}", message.text);
        }
    }
    assert!(left.is_empty(), "advice that nothing takes:\n{left}");
    let listed: BTreeSet<_> = TAKEN.iter().map(|(case, ..)| (*case).to_owned()).collect();
    assert_eq!(listed.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "no such cases");
    all
}

/// Advice that stands in the message as a whole: the name that was nearly right, or what is allowed on purpose.
fn as_told(message: &Message, program: &str) -> Vec<(String, String)> {
    let (start, end) = message.carets;
    let at = || program.find(&message.line).unwrap_or_else(|| panic!("no line for: {}", message.text));
    let mut all = Vec::new();
    if let Some((_, rest)) = message.text.split_once("did you mean `")
        && let Some((name, _)) = rest.split_once('`')
    {
        let written = message.line.get(start..end).unwrap_or_default();
        let wrong = message.text.split('`').find(|wrong| !wrong.is_empty() && written.contains(wrong));
        let mut mended = program.to_owned();
        mended.replace_range(at() + start..at() + end, &written.replace(wrong.unwrap_or(written), name));
        all.push((name.to_owned(), mended));
    }
    // What is refused of a value that may be chosen is allowed elsewhere, or another value is written.
    if !message.line.trim_start().starts_with("vary ")
        && let Some((_, rest)) = message.text.split_once("or write #[allow(")
        && let Some((name, above)) = rest.split_once(")]")
    {
        let at = || if above.contains("above the phase") { phase_of(program, at()) } else { at() };
        let indent = program.get(at()..).map_or(0, |line| line.len() - line.trim_start().len());
        let mut mended = program.to_owned();
        let attribute = format!("#[allow({name})] ");
        mended.insert_str(at() + indent, &attribute);
        all.push((attribute, mended));
    }
    all
}

/// The line with which the phase of a line begins.
fn phase_of(program: &str, at: usize) -> usize {
    let end = program.get(at..).and_then(|rest| rest.find('\n')).map_or(program.len(), |line| at + line);
    let before = program.get(..end).unwrap_or_default();
    before.rfind("        eval ").expect("an eval phase before it")
}

/// The messages of a case, as far as each stands at one line.
fn messages(told: &str) -> Vec<Message> {
    let lines: Vec<_> = told.lines().collect();
    let starts = lines.iter().enumerate().filter(|(_, line)| line.starts_with("error"));
    let message = |(at, line): (usize, &&str)| {
        let text = line.split_once(": ").map(|(_, text)| text.to_owned())?;
        let source = lines.get(at + 3)?.strip_prefix("  | ")?;
        let carets = lines.get(at + 4)?.strip_prefix("  | ")?;
        let start = carets.find('^')?;
        let count = carets.get(start..)?.chars().take_while(|mark| *mark == '^').count();
        Some(Message { text, line: source.to_owned(), carets: (start, start + count) })
    };
    starts.filter_map(message).collect()
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let areas = fs::read_dir(root).expect("the folder of cases").map(|area| area.expect("an area").path());
    let cases = areas.flat_map(|area| fs::read_dir(area).expect("an area")).map(|case| case.expect("a case").path());
    let mut cases: Vec<_> = cases.filter(|case| case.extension().is_some_and(|extension| extension == "rs")).collect();
    cases.sort();
    cases
}
