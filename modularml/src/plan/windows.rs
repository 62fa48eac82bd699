//! The output shapes of layers over the axes behind the channels.

use super::inference::{Inference, Reader};
use crate::spec::SlidingWindow;
use crate::text::{Message, Shape, Verdict};

/// "node `a`: Conv1d takes [channels, length], but `pulse.voltage` is [101]; put `Reshape::to`([1, 101]) between them".
pub(super) const fn wants_channels(at: Reader<'_>, spatial: usize, input: &Shape) -> Message {
    let message = at.open();
    let message = message.text(match spatial {
        1 => " takes [channels, length], but ",
        2 => " takes [channels, height, width], but ",
        _ => " takes [channels, depth, height, width], but ",
    });
    let message = at.push_read(message).text(" is ").shape(input);
    if input.rank() == spatial
        && let Some(one_channel) = input.inside(1)
    {
        return message.text("; put Reshape::to(").shape(&one_channel).text(") between them");
    }
    message.text("; put a Reshape between them")
}

pub(super) const fn sliding(at: Reader<'_>, window: &SlidingWindow, input: &Shape) -> Inference<'static> {
    if input.rank() != window.spatial + 1 {
        return Inference::Refused(wants_channels(at, window.spatial, input));
    }
    let start = Message::new().text("node ").name(at.node).text(": ");
    let sizes = [&window.kernel, &window.stride, &window.padding, &window.dilation];
    if let Err(message) = one_size_each(at, &sizes, window.spatial) {
        return Inference::Refused(message);
    }
    let mut shape = match grouped(at, window, input) {
        Ok(channels) => input.with_axis(0, channels),
        Err(message) => return Inference::Refused(message),
    };
    let mut axis = 0;
    while axis < window.spatial {
        let (slide, length) = (window.slide(axis), input.axis(axis + 1));
        if window.same && slide.stride > 1 {
            let message = at.open().text(" with .same() moves its windows by 1, but .stride(..) says ");
            return Inference::Refused(message.count(slide.stride).text("; leave one of them out"));
        }
        if window.same && window.padding.axis(axis) > 0 {
            let message = at.open().text(" with .same() pads as its kernel needs, but .padding(..) says ");
            return Inference::Refused(message.count(window.padding.axis(axis)).text("; leave one of them out"));
        }
        if window.pads_at_most_half && slide.behind > slide.size / 2 {
            let message = start.text("padding ").count(slide.behind).text(" of a window of ").count(slide.size);
            return Inference::Refused(message.text("; a pool pads at most half a window"));
        }
        if slide.behind > window.padding_mode.most(length) {
            let message = start.text(window.padding_mode.name()).text(" padding ").count(slide.behind);
            let message = message.text(" of length ").count(length).text("; at most ");
            return Inference::Refused(message.count(window.padding_mode.most(length)));
        }
        let Some(count) = slide.count(length) else {
            let span = slide.size.saturating_sub(1).saturating_mul(slide.dilation).saturating_add(1);
            let message = start.text("a window of ").count(span).text(" is longer than length ").count(length);
            let message = at.push_read(message.text(" of "));
            let message = message.text(" with padding ").count(slide.behind);
            return Inference::Refused(message.text("; use a smaller kernel or dilation, or more padding"));
        };
        shape = shape.with_axis(axis + 1, count);
        axis += 1;
    }
    Inference::Known(shape)
}

/// Rule: settings of windows hold a size for each axis behind the channels.
const fn one_size_each(at: Reader<'_>, sizes: &[&Shape], axes: usize) -> Verdict {
    let mut i = 0;
    while i < sizes.len() {
        if sizes[i].rank() != axes {
            let message = Message::new().text("node ").name(at.node).text(": ").shape(sizes[i]);
            let message = message.text(" has not one size for each of the ").count(axes);
            return Err(message.text(" axes behind the channels of ").text(at.layer.name));
        }
        i += 1;
    }
    Ok(())
}

/// The channels of the output, which fall into as many equal groups as those of the input.
const fn grouped(at: Reader<'_>, window: &SlidingWindow, input: &Shape) -> Result<usize, Message> {
    let channels = match window.channels {
        Some(channels) => channels,
        None => input.axis(0),
    };
    let groups = if window.groups == 0 { 1 } else { window.groups };
    if input.axis(0).is_multiple_of(groups) && channels.is_multiple_of(groups) {
        return Ok(channels);
    }
    let message = Message::new().text("node ").name(at.node).text(": ").count(groups);
    let message = message.text(" groups do not divide ").count(input.axis(0)).text(" channels of ");
    let message = at.push_read(message).text(" and ").count(channels);
    Err(message.text(" of the output; both must be multiples of the groups"))
}

pub(super) const fn spread(
    at: Reader<'_>,
    window: &SlidingWindow,
    output_padding: &Shape,
    input: &Shape,
) -> Inference<'static> {
    if input.rank() != window.spatial + 1 {
        return Inference::Refused(wants_channels(at, window.spatial, input));
    }
    let sizes = [&window.kernel, &window.stride, &window.padding, output_padding, &window.dilation];
    if let Err(message) = one_size_each(at, &sizes, window.spatial) {
        return Inference::Refused(message);
    }
    let mut shape = match grouped(at, window, input) {
        Ok(channels) => input.with_axis(0, channels),
        Err(message) => return Inference::Refused(message),
    };
    let start = Message::new().text("node ").name(at.node).text(": ");
    let mut axis = 0;
    while axis < window.spatial {
        let (slide, length, more) = (window.slide(axis), input.axis(axis + 1), output_padding.axis(axis));
        if more >= slide.stride && more >= slide.dilation {
            let message = start.text("output_padding ").count(more).text(" with stride ").count(slide.stride);
            let message = message.text(" and dilation ").count(slide.dilation);
            return Inference::Refused(message.text("; it must be less than one of them"));
        }
        let Some(spread) = slide.spread(length, more) else {
            let message = start.text("padding ").count(slide.before).text(" takes all positions off that length ");
            let message = at.push_read(message.count(length).text(" of "));
            return Inference::Refused(message.text(" is spread over; use less padding"));
        };
        shape = shape.with_axis(axis + 1, spread);
        axis += 1;
    }
    Inference::Known(shape)
}

pub(super) const fn covered(at: Reader<'_>, sizes: &Shape, input: &Shape) -> Inference<'static> {
    if sizes.rank() > 3 || input.rank() != sizes.rank() + 1 {
        return Inference::Refused(wants_channels(at, sizes.rank(), input));
    }
    let mut shape = *input;
    let mut axis = 0;
    while axis < sizes.rank() {
        shape = shape.with_axis(axis + 1, sizes.axis(axis));
        axis += 1;
    }
    Inference::Known(shape)
}

pub(super) const fn resized(at: Reader<'_>, by: Option<Shape>, to: Option<Shape>, input: &Shape) -> Inference<'static> {
    let (sizes, is_factor) = match (by, to) {
        (Some(by), None) => (by, true),
        (None, Some(to)) => (to, false),
        (None, None) => {
            return Inference::Refused(at.open().text(" states no size; use Upsample::by([..]) or Upsample::to([..])"));
        }
        (Some(_), Some(_)) => {
            let message =
                at.open().text(" states factors and sizes; use Upsample::by([..]) or Upsample::to([..]) alone");
            return Inference::Refused(message);
        }
    };
    if sizes.rank() == 0 || sizes.rank() > 3 {
        let message = at.open().text(" has ").shape(&sizes);
        return Inference::Refused(message.text(", but wants a size for each of 1 to 3 axes behind the channels"));
    }
    if input.rank() != sizes.rank() + 1 {
        return Inference::Refused(wants_channels(at, sizes.rank(), input));
    }
    let mut shape = *input;
    let mut axis = 0;
    while axis < sizes.rank() {
        let size = if is_factor { input.axis(axis + 1).checked_mul(sizes.axis(axis)) } else { Some(sizes.axis(axis)) };
        let Some(size) = size else {
            let message = at.open().text(" makes more positions than can be counted; use smaller factors");
            return Inference::Refused(message);
        };
        shape = shape.with_axis(axis + 1, size);
        axis += 1;
    }
    Inference::Known(shape)
}
