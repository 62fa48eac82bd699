//! The places of an experiment, and the rules that stand there.

pub use super::context::Context;
use super::{
    allowed, apart, augment, balance, by_values, choices, choose, chosen_by, classes, deviance, effect, feed, folds,
    learning, measure, mix, operand, order, phase, predictions, quantiles, rate, role, scale, split, split_by, term,
    threshold, train, validation, watch, weigh,
};
pub use crate::plan::site::{FeedSite, Site};
use crate::rules::part::Part;
use crate::rules::places::places;
use crate::text::Verdict;

places! {
    /// The name of the experiment.
    experiment() { effect::any_phase }

    /// A parameter of the experiment: `patience: usize = 10`.
    parameter(parameter: usize) { choices::own_name }

    /// What may be chosen: `width` of `vary width in [32, 64];`.
    choice(choice: usize) { #[field] choices::known, choices::once, choices::several }

    /// A value that may be chosen, or an end of a range: `32`.
    chosen(choice: usize, value: usize) { #[field] choices::kind, choices::different, choices::ends }

    /// The word `choose`.
    choose() { choose::varies }

    /// A search: `RandomSearch::trials(40)` of `choose RandomSearch::trials(40) by regress.val.loss;`.
    search(part: Part<'_>) { choose::settings, choose::lists, choose::count, choose::halves }

    /// A name of the value that a choice is made by: `regress` of `regress.val.loss`.
    chosen_by(at: usize) { chosen_by::known, choose::reported, chosen_by::restored }

    /// Inner folds: `KFold::of(3).group_by(pulse.cell)` behind `in`.
    inner_folds(split: usize, part: Part<'_>) {
        split::settings,
        #[field] split_by::known_columns,
        split_by::of_joined,
        choose::inner,
        split::any,
        split_by::stratify_by,
        split_by::group_by,
        split_by::order_by,
        split_by::gap_time,
        split::keeps_groups,
        folds::repeats,
    }

    /// What is split: `pulse`, or `train` of `pulse.train`.
    split(split: usize) { #[field] split::known, split::parent, split::once, choose::declared, effect::split }

    /// A splitter: `Random::ratios(train: 0.7, test: 0.3).group_by(pulse.cell)`.
    splitter(split: usize, part: Part<'_>) {
        split::settings,
        #[field] split_by::known_columns,
        split_by::of_joined,
        by_values::column,
        by_values::values,
        split::any,
        split::made,
        split::can_hold,
        split::apart,
        split::complete,
        split::sum_of_shares,
        split_by::stratify_by,
        split_by::in_every_split,
        split_by::in_column,
        split_by::group_by,
        split_by::order_by,
        split_by::gap_time,
        split::of_left_input,
        split::keeps_groups,
        folds::once,
        folds::repeats,
    }

    /// A split behind `into`: `train` of `folds pulse = KFold::of(5) into train, val;`.
    fold_split(split: usize, at: usize) { folds::made }

    /// The word of `#[allow(ungrouped)]` on a split.
    ungrouped(split: usize) { allowed::ungrouped }

    /// The word of `#[allow(unused)]` on a split.
    unused(split: usize) { allowed::unused }

    /// The column that is scaled.
    scaled_column(scale: usize) { #[field] scale::known, scale::column, effect::scale }

    /// A scaler: `Standard`.
    scaler(scale: usize, scaler: usize, part: Part<'_>) { scale::settings, scale::ends, scale::shape, scale::fills }

    /// The split behind `fitted on`.
    fitted_on(scale: usize) { scale::known_split, scale::fitted_on }

    /// The column that is varied in training: `voltage` of `augment pulse.voltage = ..`.
    augmented_column(augment: usize) { #[field] augment::known, augment::column, augment::is_read }

    /// What varies a column: `Noise::deviation(0.01)`.
    augmenter(augment: usize, augmenter: usize, part: Part<'_>) {
        augment::settings,
        augment::axis,
        augment::positions,
    }

    /// The input whose rows are weighed: `pulse` of `weigh pulse by pulse.weight;`.
    weighed(weight: usize) { #[field] weigh::known, weigh::once }

    /// The column that says what rows weigh: `weight` of `weigh pulse by pulse.weight;`.
    weighed_by(weight: usize) { #[field] weigh::known_column, weigh::numbers, weigh::drawn }

    /// The name of a phase.
    phase(phase: usize) {
        phase::name,
        phase::fed,
        phase::fitted,
        phase::loss,
        phase::optimizer,
        phase::measures,
        phase::fits,
        weigh::fits,
    }

    /// The input that is fed.
    fed_input(phase: usize, feed: FeedSite) { #[field] feed::known, feed::input }

    /// The split that an input is fed from.
    fed_split(phase: usize, feed: FeedSite) { feed::known_split, feed::batches, feed::unseen, apart::rows, validation::says_more }

    /// A sampler: `Batches::of(32).shuffled()`.
    sampler(phase: usize, feed: FeedSite, part: Part<'_>) {
        feed::settings,
        #[field] feed::known_columns,
        feed::samples,
        feed::batch_of_one,
        feed::batch_of_strata,
        feed::strict,
        feed::batch_of_parts,
        feed::names_stream,
        feed::conditions,
    }

    /// The stream of a sampler.
    stream(phase: usize, feed: FeedSite) { feed::stream }

    /// A node in `nodes = [..]`.
    listed_node(phase: usize, entry: usize) {
        #[field] learning::known,
        learning::can_learn,
        learning::listed_once,
        order::fitted_to,
    }

    /// A node in `freeze = [..]`.
    frozen_node(phase: usize, entry: usize) { #[field] learning::known_frozen, learning::frozen, effect::freeze }

    /// The word of `#[allow(untrained)]` on `freeze`.
    untrained(phase: usize) { allowed::untrained }

    /// The label of a term: `recon` of `recon: Mse(..)`.
    label(phase: usize, site: Site) { term::label }

    /// The weight of a term: `0.01 * ..`.
    weight(phase: usize, site: Site) { measure::weight }

    /// The word of `predictions;`.
    predictions(phase: usize, evaluation: usize) { predictions::of_rows, predictions::of_drawn_rows, predictions::in_val }

    /// The name of a metric.
    metric(phase: usize, site: Site) { measure::name, term::not_terms, threshold::once }

    /// The split behind `on`: `val` of `threshold cut = F1(loud, clip.loud) on val;`.
    chosen_on(phase: usize, site: Site) { threshold::known_split, threshold::unseen }

    /// The component of a loss or metric: `Huber::delta(1.0)`.
    measured(phase: usize, site: Site, part: Part<'_>) {
        measure::settings,
        measure::inputs,
        measure::of_rows,
        measure::is_number,
        classes::of_one,
        measure::class_weights,
        classes::number,
        classes::guesses,
        classes::average,
        classes::labels,
        classes::positive_weights,
        classes::samples,
        threshold::criterion,
        threshold::at_least,
        classes::threshold,
        balance::balanced,
        quantiles::levels,
        quantiles::ends,
        deviance::power,
        weigh::measures,
        measure::units,
        train::turn,
    }

    /// What a loss or metric reads: `soh`, `pulse.soh`.
    operand(phase: usize, site: Site, slot: usize) {
        #[field] operand::known,
        threshold::whole_rows,
        operand::kind,
        learning::runs_here,
        effect::penalty,
        order::trained,
    }

    /// The name behind `as`: `encoder.negative as positive`.
    stands_as(phase: usize, site: Site, slot: usize) { role::stands_as }

    /// All that a loss or metric reads.
    operands(phase: usize, site: Site) { measure::rows, measure::shapes, measure::padding }

    /// The units of a metric: `in raw units`.
    units(phase: usize, site: Site) { effect::units }

    /// The word of `#[allow(training_rows)]` on an eval phase or `validate`.
    training_rows(phase: usize, evaluation: usize) { allowed::training_rows }

    /// The loss of a train phase, at its first term.
    loss(phase: usize) { learning::gradient }

    /// The order of feeds: `schedule = Zip`.
    schedule(phase: usize, part: Part<'_>) { train::schedule, train::several_feeds }

    /// `accumulate = 4`.
    accumulate(phase: usize) { train::accumulate }

    /// What mixes rows: `mix = Mixup::alpha(0.2)`.
    mix(phase: usize, part: Part<'_>) { mix::settings, mix::of_rows, mix::columns, mix::losses, mix::several }

    /// What limits gradients: `clip = ByNorm::of(1.0)`.
    clip(phase: usize, part: Part<'_>) { train::clip }

    /// The list behind `rate`.
    rates(phase: usize) { rate::any }

    /// The word of `#[allow(unfinished)]` on `rate`.
    unfinished(phase: usize) { allowed::unfinished }

    /// A rate in that list: `Cosine::over(100)`.
    rate(phase: usize, entry: usize, part: Part<'_>) {
        rate::settings,
        rate::bounds,
        rate::ends,
        rate::begins,
        rate::completes,
        rate::momentum,
    }

    /// `epochs = 20`, or the name of a phase without it.
    epochs(phase: usize) { train::epochs }

    /// The name of an evaluation: `far` of `validate far on shifted`, or the word `validate` where none is written.
    evaluation(phase: usize, evaluation: usize) { validation::name }

    /// The number in `every 2 epochs`.
    every(phase: usize, evaluation: usize) { validation::every }

    /// The split behind `validate on`.
    validated(phase: usize, evaluation: usize) { validation::measured }

    /// The split that `validate` measures of each feed of the phase.
    validated_split(phase: usize, evaluation: usize, feed: usize) { validation::known, validation::unseen }

    /// The evaluation that a callback watches: `val` of `val.loss`.
    watched_evaluation(phase: usize, callback: usize, slot: usize) { watch::evaluation }

    /// What a callback watches: `loss` of `val.loss`.
    watched(phase: usize, callback: usize, slot: usize) { watch::measured }

    /// A callback of a train phase: `EarlyStopping::patience(10)`.
    callback(phase: usize, callback: usize, part: Part<'_>) {
        watch::settings, watch::count, watch::val, watch::patience
    }

    /// A callback of the whole run.
    run_callback(callback: usize, part: Part<'_>) { watch::run_settings, watch::run_watches }
}
