//! Rules at parameters, and at what may be chosen.

use super::context::Context;
use crate::spec::parameter::find;
use crate::spec::{ChosenFrom, ExperimentSpec, ParameterSpec, ParameterValue, Spread};
use crate::text::{Message, Verdict, nearest, same};

/// The name of a choice of seeds.
const SEED: &str = "seed";

/// A parameter of the experiment has another name than those before it and those of the graph.
pub const fn own_name(context: Context<'_>, parameter: usize) -> Verdict {
    let experiment = context.experiment;
    let own = experiment.parameters.items();
    let name = own[parameter].name;
    if find(&experiment.graph.parameters, name).is_some() {
        let message = Message::new().name(experiment.graph.name).text(" has a parameter ").name(name);
        return Err(message.text(" already, and both would be set by one name; give this one another"));
    }
    let mut earlier = 0;
    while earlier < parameter {
        if same(own[earlier].name, name) {
            return Err(Message::new().text("parameter ").name(name).text(" is declared twice; remove one"));
        }
        earlier += 1;
    }
    Ok(())
}

/// What is chosen is a parameter, or the seed.
pub const fn known(context: Context<'_>, choice: usize) -> Verdict {
    let experiment = context.experiment;
    let name = experiment.choices.items()[choice].name;
    if same(name, SEED) || declared(experiment, name).is_some() {
        return Ok(());
    }
    let mut message = Message::new().text("no parameter ").name(name).text(" in ").name(experiment.name);
    let lists = [experiment.graph.parameters.items(), experiment.parameters.items()];
    if let Some(near) = near(lists, name) {
        message = message.text("; did you mean ").name(near).text("?");
    }
    message = message.text(" there are seed");
    let mut list = 0;
    while list < lists.len() {
        let mut i = 0;
        while i < lists[list].len() {
            message = message.text(", ").text(lists[list][i].name);
            i += 1;
        }
        list += 1;
    }
    Err(message)
}

/// The nearest name of a parameter.
const fn near(lists: [&[ParameterSpec]; 2], name: &str) -> Option<&'static str> {
    let mut list = 0;
    while list < lists.len() {
        let mut i = 0;
        while i < lists[list].len() {
            if nearest(name, &[lists[list][i].name]).is_some() {
                return Some(lists[list][i].name);
            }
            i += 1;
        }
        list += 1;
    }
    None
}

/// A parameter is chosen once.
pub const fn once(context: Context<'_>, choice: usize) -> Verdict {
    let choices = context.experiment.choices.items();
    let name = choices[choice].name;
    let mut earlier = 0;
    while earlier < choice {
        if same(choices[earlier].name, name) {
            let message = Message::new().name(name).text(" varies twice; put all of its values into one list");
            return Err(message);
        }
        earlier += 1;
    }
    Ok(())
}

/// There is something to choose from.
pub const fn several(context: Context<'_>, choice: usize) -> Verdict {
    let spec = &context.experiment.choices.items()[choice];
    match (&spec.from, spec.from.count()) {
        (ChosenFrom::Listed(_), 0) => {
            Err(Message::new().name(spec.name).text(" may be nothing; list its values, or remove it"))
        }
        (ChosenFrom::Listed(_), 1) => {
            let message =
                Message::new().name(spec.name).text(" may be one value only, and does not vary; list another, or ");
            Err(message.text("remove it"))
        }
        _ => Ok(()),
    }
}

/// A value that may be chosen is of the kind that the parameter is of.
pub const fn kind(context: Context<'_>, choice: usize, value: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.choices.items()[choice];
    let declared = if same(spec.name, SEED) { Some(&ParameterValue::Int(0)) } else { declared(experiment, spec.name) };
    if let (Some(declared), Some(value)) = (declared, spec.from.at(value))
        && !declared.is_like(value)
    {
        let message = value.push(Message::new().name(spec.name).text(" cannot be ")).text(", for it is declared as ");
        return Err(declared.push(message));
    }
    Ok(())
}

/// The value that a parameter is declared with.
const fn declared<'a>(experiment: &'a ExperimentSpec, name: &str) -> Option<&'a ParameterValue> {
    match find(&experiment.graph.parameters, name) {
        Some(parameter) => Some(&parameter.value),
        None => match find(&experiment.parameters, name) {
            Some(parameter) => Some(&parameter.value),
            None => None,
        },
    }
}

/// A value is listed once.
pub const fn different(context: Context<'_>, choice: usize, value: usize) -> Verdict {
    let spec = &context.experiment.choices.items()[choice];
    let ChosenFrom::Listed(values) = &spec.from else { return Ok(()) };
    let values = values.items();
    let mut earlier = 0;
    while earlier < value {
        if values[earlier].is(&values[value]) {
            let message = values[value].push(Message::new());
            return Err(message.text(" stands twice among the values of ").name(spec.name).text("; remove one"));
        }
        earlier += 1;
    }
    Ok(())
}

/// The ends of a range are finite, in order, and above 0 where orders of magnitude are drawn.
pub const fn ends(context: Context<'_>, choice: usize, value: usize) -> Verdict {
    let spec = &context.experiment.choices.items()[choice];
    let ChosenFrom::Range { spread, low, high } = &spec.from else { return Ok(()) };
    let (Some(lowest), Some(highest)) = (low.as_number(), high.as_number()) else {
        return Err(Message::new().name(spec.name).text(" is no number, and so has no range; list its values"));
    };
    let here = if value == 0 { lowest } else { highest };
    if !here.is_finite() {
        return Err(Message::new().text("an end of a range is finite, and not ").number(here));
    }
    if matches!(spread, Spread::LogUniform) && here <= 0.0 {
        let message = Message::new().text("LogUniform draws by orders of magnitude, of which ").number(here);
        return Err(message.text(" has none; begin above 0, or write Uniform"));
    }
    if value > 0 && lowest >= highest {
        let message = low.push(Message::new().text("a range goes from the lower to the higher end, and not from "));
        return Err(high.push(message.text(" to ")));
    }
    Ok(())
}
