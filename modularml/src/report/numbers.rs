//! What predictions of numbers tell: predicted against true, and residuals.

use super::chart::line::{self, Series};
use super::chart::scale::Scale;
use super::chart::{Frame, bars, points};
use super::figure::{Key, figure, figures};
use super::html::{Html, short};
use super::number::{count, counted, measured, thousands};
use super::worst;
use crate::record::analysis::{Histogram, NumberAnalysis};

const SIZE: (f64, f64) = (300.0, 270.0);

/// Writes all of it.
pub(super) fn write(html: &mut Html, target: &str, found: &NumberAnalysis) {
    let value = |name: &str, value: Option<f64>| {
        let exact = value.map(|value| format!("{value:?}")).unwrap_or_default();
        (name.to_owned(), value.map_or_else(|| "not defined".to_owned(), measured), exact)
    };
    if found.left_out > 0 {
        let rows = counted(found.left_out, "row is", "rows are");
        html.say("p", &[], &format!("{rows} left out: a target is missing, or a prediction is not finite."));
    }
    if found.rows == 0 {
        return;
    }
    figures(
        html,
        "figures minor",
        &[
            value("root mean squared error, raw units", found.rmse),
            value("R²", found.r2),
            value("mean of predicted − true", found.bias),
        ],
    );
    html.element("div", &[("class", "charts")], |html| {
        compared(html, target, found);
        if let Some(residuals) = &found.residuals {
            spread(html, target, residuals);
        }
    });
    worst::write(html, &found.worst);
}

fn compared(html: &mut Html, target: &str, found: &NumberAnalysis) {
    let all = found.rows * found.width;
    let note = if found.pairs.len() < all {
        format!("{} of {} pairs, taken evenly.", thousands(found.pairs.len()), thousands(all))
    } else {
        String::new()
    };
    let keys = [Key { look: "guide", text: "predicted = true".to_owned() }];
    figure(html, "Predicted against true", &keys, &note, |html| {
        let scale = Scale::round(found.pairs.iter().flatten().copied(), 5.0, false);
        let (low, high) = scale.bounds();
        let frame = Frame::new(SIZE.0, SIZE.1, scale.clone(), scale);
        let title = format!("{} predicted against true", short(target, 60));
        let name = short(target, 40);
        frame.draw(html, "", &title, (&format!("true {name}"), &format!("predicted {name}")), |svg| {
            line::draw(svg, &frame, &Series { look: "guide", points: &[(low, low), (high, high)] });
            points::draw(svg, &frame, &found.pairs, if found.pairs.len() > 300 { "points many" } else { "points" });
        });
    });
}

fn spread(html: &mut Html, target: &str, residuals: &Histogram) {
    figure(html, "Residuals", &[], "", |html| {
        let end = residuals.start + residuals.width * count(residuals.counts.len());
        let most = residuals.counts.iter().copied().max().unwrap_or(1);
        let x = Scale::round([residuals.start, end, 0.0].into_iter(), 5.0, false);
        let frame = Frame::new(SIZE.0, SIZE.1, x, Scale::round([0.0, count(most)].into_iter(), 5.0, false));
        let title = format!("How often predicted − true lies where, for {}", short(target, 60));
        frame.draw(html, "", &title, ("predicted − true", "count"), |svg| {
            bars::draw(svg, &frame, residuals.start, residuals.width, &residuals.counts, "bars");
            let (bottom, top) = frame.span();
            if let Some(zero) = frame.x.place(0.0) {
                super::chart::line(svg, (zero, bottom), (zero, top), "mark");
            }
        });
    });
}
