//! Rules at thresholds that are chosen on a split: `threshold cut = F1(loud, clip.loud) on val;`.

use super::context::Context;
use super::names::{shares_rows, split_name};
use crate::plan::deciding::one_score;
use crate::plan::lineage::{fed_with_rows_of, folds_of, share_rows};
use crate::plan::lookup::{row_source, row_source_name};
use crate::plan::operand::{Named, column, named, push_operand, push_phase, role_of};
use crate::plan::site::{Measured, Site, evaluation, measured};
use crate::rules::part::Part;
use crate::spec::{Dtype, EvalSpec, ExperimentSpec, PhaseKind, Value};
use crate::text::{Message, Name, Verdict, same};

/// What chooses a threshold at a place, and the split on which it does.
const fn chosen(experiment: &ExperimentSpec, phase: usize, site: Site) -> Option<(Measured<'_>, Name)> {
    match measured(experiment, phase, site) {
        Some(measured) => match measured.chosen_on {
            Some(split) => Some((measured, split)),
            None => None,
        },
        None => None,
    }
}

/// The name of what is measured at a place.
const fn name_at(eval: &EvalSpec, site: Site) -> Name {
    let (Site::Metric(at) | Site::ValMetric(_, at)) = site else { return "" };
    eval.metrics.items()[at].name
}

/// A threshold is chosen by an eval phase, once for each score.
pub const fn once(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let experiment = context.experiment;
    let Some((own, split)) = chosen(experiment, phase, site) else { return Ok(()) };
    let Some(eval) = evaluation(experiment, phase, site.evaluation()) else { return Ok(()) };
    let message = Message::new().text("threshold ").name(name_at(eval, site));
    let (Site::Metric(at), PhaseKind::Eval(_)) = (site, &experiment.phases.items()[phase].kind) else {
        let message = message.text(" would be chosen anew at each evaluation of training; choose it in an eval phase ");
        return Err(message.text("that measures other rows than ").name(split));
    };
    let Some(Named::Node(node)) = first(context, &own) else { return Ok(()) };
    let mut earlier = 0;
    while earlier < at {
        if let Some((other, _)) = chosen(experiment, phase, Site::Metric(earlier))
            && let Some(Named::Node(other)) = first(context, &other)
            && other == node
        {
            let message = message.text(" is a second one of ").name(experiment.graph.nodes.items()[node].name);
            let message = message.text(", behind ").name(eval.metrics.items()[earlier].name).text(", in ");
            let message = push_phase(message, &experiment.phases.items()[phase], None);
            return Err(message.text("; remove one, or write another eval phase"));
        }
        earlier += 1;
    }
    Ok(())
}

const fn first(context: Context<'_>, measured: &Measured<'_>) -> Option<Named> {
    if measured.operands.is_empty() { None } else { Some(named(&context.experiment.graph, &measured.operands[0])) }
}

/// Whether what is measured at a place is decided by a threshold that is chosen, or chooses one: then nothing needs to be
/// known of the score.
pub(super) const fn is_chosen(context: Context<'_>, phase: usize, site: Site, node: usize) -> bool {
    let Some(own) = measured(context.experiment, phase, site) else { return false };
    if own.chosen_on.is_some() {
        return true;
    }
    let Site::Metric(_) = site else { return false };
    let Some(eval) = evaluation(context.experiment, phase, 0) else { return false };
    let mut at = 0;
    while at < eval.metrics.len() {
        if let Some((other, _)) = chosen(context.experiment, phase, Site::Metric(at))
            && let Some(Named::Node(of)) = first(context, &other)
            && of == node
        {
            return true;
        }
        at += 1;
    }
    false
}

/// A threshold is chosen by a metric that makes yes and no of one score a row.
pub const fn criterion(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let Some((own, _)) = chosen(experiment, phase, site) else { return Ok(()) };
    let settings = own.settings;
    if part.holds("threshold")
        && settings.has("threshold")
        && let Value::Float(said) = settings.get("threshold")
    {
        let message = Message::new().text("threshold(").number(said).text(") of ").text(own.name).text(" says the ");
        return Err(message.text("threshold that is to be chosen; remove it"));
    }
    if !part.is_name() {
        return Ok(());
    }
    if !settings.has("threshold") || !own.gives.is_number() {
        let message = Message::new().text("no threshold can be chosen by ").text(own.name);
        return Err(message.text("; use F1, FBeta, BalancedAccuracy, Mcc or the like, or Recall.at_least(0.9)"));
    }
    if !own.weighs_rows {
        let message = Message::new().text("no threshold can be chosen by ").text(own.name);
        return Err(message.text(", which counts all rows alike; say #[spec(weighs_rows = true)], and add_weighted"));
    }
    if own.operands.len() != 2 {
        return Ok(());
    }
    let (Named::Node(node), Named::Column { input, column: key }) =
        (named(graph, &own.operands[0]), named(graph, &own.operands[1]))
    else {
        return Ok(());
    };
    let Some(shape) = wiring.shape(node) else { return Ok(()) };
    let column = column(graph, input, key);
    // What is neither is told at the column.
    if !matches!(column.dtype, Dtype::Bool | Dtype::Class) {
        return Ok(());
    }
    let message = Message::new().text("a threshold is of one score a row that says yes or no, and ");
    let node_spec = &graph.nodes.items()[node];
    if column.shape.rank() > 0 || column.sequence.is_some() {
        let message = message.path(graph.inputs.items()[input].name, column.key).text(" has several labels a row; ");
        return Err(message.text("choose one for each in a column of its own"));
    }
    if one_score(graph, wiring, own.operands).is_none() {
        // Scores that go with no class are told by their shape.
        if matches!(column.dtype, Dtype::Class) && column.classes.len() != 2 {
            let message = message.path(graph.inputs.items()[input].name, column.key).text(" has ");
            return Err(message.count(column.classes.len()).text(" classes; the largest score decides there"));
        }
        let message = push_operand(message, &own.operands[0]).text(" is ").shape(&shape);
        return Err(message.text(", a score a class; let it give one: Linear::to([])"));
    }
    if same(node_spec.layer.name, "ArgMax") {
        let message = push_operand(message, &own.operands[0]).text(" is the number of a class; ");
        return Err(message.text("name the node that scores it"));
    }
    let of_one = matches!(column.dtype, Dtype::Bool) && matches!(settings.get("average"), Value::Unset);
    if settings.has("at_least")
        && matches!(settings.get("at_least"), Value::Unset)
        && (of_one || !matches!(settings.get("class"), Value::Unset))
    {
        let message = Message::new().text(own.name).text(" alone is best where ");
        let message =
            message.text(if same(own.name, "Recall") { "every row is a yes" } else { "hardly a row is a yes" });
        return Err(message.text("; say how high it must be: ").text(own.name).text(".at_least(0.9)"));
    }
    Ok(())
}

/// How high a metric must be is said where a threshold is chosen by it.
pub const fn at_least(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(own) = measured(context.experiment, phase, site) else { return Ok(()) };
    if own.chosen_on.is_some() || !own.is_metric || !part.holds("at_least") || !own.settings.has("at_least") {
        return Ok(());
    }
    // A metric of one's own may call something else so.
    if !same(own.name, "Recall") && !same(own.name, "Precision") {
        return Ok(());
    }
    let Value::Float(least) = own.settings.get("at_least") else { return Ok(()) };
    let message = Message::new().text("at_least(").number(least).text(") of ").text(own.name);
    let message =
        message.text(" says how a threshold is chosen, and none is here; remove it, or write: threshold cut = ");
    Err(message.text(own.name).text(".at_least(").number(least).text(")(..) on <split>;"))
}

/// A score that a threshold is chosen for is that of all rows of a split, which have no roles.
pub const fn whole_rows(context: Context<'_>, phase: usize, site: Site, slot: usize) -> Verdict {
    let graph = &context.experiment.graph;
    let Some((own, split)) = chosen(context.experiment, phase, site) else { return Ok(()) };
    // Told once, at the first.
    if slot >= own.operands.len() || slot > 0 && role_of(graph, &own.operands[0]).is_some() {
        return Ok(());
    }
    match role_of(graph, &own.operands[slot]) {
        Some(role) => {
            let message = Message::new().text("a threshold is chosen on each row of ").name(split).text(" once, and ");
            Err(push_operand(message, &own.operands[slot]).text(" is of role ").name(role).text(
                "; choose it in an \
                 eval phase that feeds the input without a sampler",
            ))
        }
        None => Ok(()),
    }
}

/// Whether the rows of an input that a phase feeds are needed to choose a threshold.
const fn reads(context: Context<'_>, own: &Measured<'_>, fed: &str) -> bool {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let mut i = 0;
    while i < own.operands.len() {
        match named(graph, &own.operands[i]) {
            Named::Node(node) => {
                let rows = wiring.rows(node);
                let mut input = 0;
                while input < graph.inputs.len() {
                    if rows.contains(input) && same(graph.inputs.items()[row_source(graph, input)].name, fed) {
                        return true;
                    }
                    input += 1;
                }
            }
            Named::Column { input, .. } if same(graph.inputs.items()[row_source(graph, input)].name, fed) => {
                return true;
            }
            _ => {}
        }
        i += 1;
    }
    false
}

/// The split on which a threshold is chosen is one of each input whose rows it reads.
pub const fn known_split(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let experiment = context.experiment;
    let Some((own, split)) = chosen(experiment, phase, site) else { return Ok(()) };
    let feeds = experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if reads(context, &own, feeds[i].input)
            && let Err(message) = split_name(experiment, feeds[i].input, split)
        {
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

/// The rows on which a threshold is chosen are none that the phase measures with it, nor any that were learned from.
pub const fn unseen(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let experiment = context.experiment;
    let phases = experiment.phases.items();
    let Some((own, split)) = chosen(experiment, phase, site) else { return Ok(()) };
    let PhaseKind::Eval(eval) = &phases[phase].kind else { return Ok(()) };
    if eval.on_training_rows || known_split(context, phase, site).is_err() {
        return Ok(());
    }
    let message = Message::new().text("threshold ").name(name_at(eval, site)).text(" is chosen on ").name(split);
    let feeds = phases[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        let input = row_source_name(&experiment.graph, feeds[i].input);
        if !reads(context, &own, input) {
            i += 1;
            continue;
        }
        if share_rows(experiment, input, feeds[i].split, split) {
            let message = shares_rows(message, split, feeds[i].split).text(", and eval ").name(phases[phase].name);
            let message = message.text(" measures these rows with it: leakage; choose it on another split");
            return Err(match folds_of(experiment, input, split) {
                Some(of) => {
                    let names = experiment.splits.items()[of].splitter.names();
                    let message = message.text(", made of rows that are trained on: split ").text(input).text(".");
                    message.text(names[0]).text(" = Random::ratios(fit: 0.9, tune: 0.1)")
                }
                None => message,
            });
        }
        let mut earlier = 0;
        while earlier < phase {
            if !matches!(phases[earlier].kind, PhaseKind::Eval(_))
                && let Some(learned) = fed_with_rows_of(experiment, earlier, input, split)
            {
                let message = shares_rows(message, split, learned).text(", the rows that ");
                let message = message.name(phases[earlier].name).text(" learns from, whose scores are too sure; ");
                return Err(message.text("use another split, or write #[allow(training_rows)] above the phase"));
            }
            earlier += 1;
        }
        i += 1;
    }
    Ok(())
}

/// Whether a threshold of an eval phase is chosen on a split of an input; where the name is wrong, it may have been meant.
pub(super) const fn uses(context: &ExperimentSpec, phase: usize, name: &str) -> bool {
    let PhaseKind::Eval(eval) = &context.phases.items()[phase].kind else { return false };
    let mut i = 0;
    while i < eval.metrics.len() {
        if let Some(split) = eval.metrics.items()[i].chosen_on
            && same(split, name)
        {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether a threshold of an eval phase is chosen on rows that it measures, or that a phase learns from.
pub(super) const fn is_seen(context: Context<'_>, phase: usize, input: &str) -> bool {
    let experiment = context.experiment;
    let PhaseKind::Eval(eval) = &experiment.phases.items()[phase].kind else { return false };
    let mut i = 0;
    while i < eval.metrics.len() {
        if let Some(split) = eval.metrics.items()[i].chosen_on {
            let mut at = 0;
            while at <= phase {
                if (at == phase || !matches!(experiment.phases.items()[at].kind, PhaseKind::Eval(_)))
                    && fed_with_rows_of(experiment, at, input, split).is_some()
                {
                    return true;
                }
                at += 1;
            }
        }
        i += 1;
    }
    false
}
