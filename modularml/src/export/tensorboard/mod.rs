//! Event files of TensorBoard.

mod checksum;
mod histogram;
mod message;
#[cfg(test)]
mod tests;
mod writer;

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::PathBuf;

use candle_core::DType;

use self::histogram::Histogram;
use self::message::Message;
use self::writer::EventWriter;
use super::overview;
use super::points::Points;
use crate::Result;
use crate::data::beside::replace;
use crate::error::Problem;
use crate::record::RunRecord;

/// The version of the format, which stands in the first record.
const VERSION: &str = "brain.Event:2";
/// What tensors hold that hold texts, in the enumeration `DataType`.
const STRING: u64 = 7;

/// Where an event file of TensorBoard is written, and what beside curves stands in it. A path is enough:
/// `run.write_tensorboard("logs")?`.
#[derive(Clone, Debug)]
pub struct TensorBoard {
    folder: PathBuf,
    weights: bool,
}

impl TensorBoard {
    /// A folder that holds one folder a run, as `tensorboard --logdir` reads it; it is made where it is not there.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), weights: false }
    }

    /// Writes a histogram of each tensor of weights as well, those of the newest checkpoint.
    #[must_use]
    pub const fn weights(mut self) -> Self {
        self.weights = true;
        self
    }
}

impl<P: Into<PathBuf>> From<P> for TensorBoard {
    fn from(folder: P) -> Self {
        Self::at(folder)
    }
}

impl RunRecord {
    /// Writes an event file of TensorBoard into a folder that is named as the run, and tells where it is: all that was
    /// measured, by epoch, under names such as `regress/loss`, `regress/val.rmse` and `test/rmse`; recorded steps as
    /// `regress/step.loss`; the description and a summary as texts. What an eval phase measured stands at the last epoch
    /// before it. An older file of the run is replaced.
    ///
    /// TensorBoard keeps single precision: a number beyond its range becomes infinite. NaN and infinities are written
    /// as they are.
    ///
    /// ```no_run
    /// use modularml::export::TensorBoard;
    /// use modularml::record::RunRecord;
    ///
    /// for run in RunRecord::all("runs")? {
    ///     run.write_tensorboard("logs")?; // then: tensorboard --logdir logs
    /// }
    /// let run = RunRecord::open("runs/2026-11-30T04-10-32Z-4f1c2a")?;
    /// println!("{}", run.write_tensorboard(TensorBoard::at("logs").weights())?.display());
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the folder of the run cannot be read, or the file cannot be written.
    pub fn write_tensorboard(&self, to: impl Into<TensorBoard>) -> Result<PathBuf> {
        let TensorBoard { folder, weights } = to.into();
        let began = self.events()?.next().transpose()?.map_or(0.0, |event| event.time);
        let folder = folder.join(self.name());
        fs::create_dir_all(&folder).map_err(|error| Problem::from(error).of("cannot be made").in_file(&folder))?;
        // Named by when the run began, and not by when it is written: a file that is written anew takes the place of
        // the older one, and no point stands there twice.
        let path = folder.join(format!("events.out.tfevents.{:010.0}.modularml", began.floor()));
        let histograms = if weights { self.histograms(began)? } else { Vec::new() };
        replace(&path, |file| self.write_events(file, began, &histograms))?;
        Ok(path)
    }

    fn write_events(&self, file: &File, began: f64, histograms: &[Message]) -> Result<(), Problem> {
        let mut writer = EventWriter::new(BufWriter::new(file));
        writer.write(&Message::default().double(1, began).text(3, VERSION))?;
        for (tag, content) in [("summary", overview::summary(self)), ("description", overview::description(self))] {
            writer.write(&event(began, 0, &text(tag, &content)))?;
        }
        let mut points = Points::default();
        for found in self.events()? {
            for point in points.of(&found?) {
                writer.write(&event(point.time, point.step, &scalar(&point.curve, point.value)))?;
            }
        }
        for histogram in histograms {
            writer.write(histogram)?;
        }
        Ok(writer.flush()?)
    }

    /// Events with the histograms of the newest weights.
    fn histograms(&self, began: f64) -> Result<Vec<Message>> {
        let Some(then) = self.newest_weights()? else { return Ok(Vec::new()) };
        let step = then.epoch.as_ref().and_then(|epoch| epoch.whole("epoch")).unwrap_or_default();
        let time = then.epoch.map_or(began, |epoch| epoch.time);
        let mut all = Vec::new();
        for (name, tensor) in &then.tensors {
            let numbers: Vec<f64> = tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?;
            if let Some(histogram) = Histogram::of(&numbers) {
                let value = Message::default().text(1, &format!("weights/{name}")).message(5, &histogram.message());
                all.push(event(time, step, &value));
            }
        }
        Ok(all)
    }
}

/// An `Event` with one value: `wall_time`, `step`, `summary`.
fn event(time: f64, step: usize, value: &Message) -> Message {
    let summary = Message::default().message(1, value);
    Message::default().double(1, time).count(2, step as u64).message(5, &summary)
}

/// A `Summary.Value` with a number: `tag`, `simple_value`.
#[allow(clippy::cast_possible_truncation, reason = "TensorBoard keeps single precision")]
fn scalar(tag: &str, value: f64) -> Message {
    Message::default().text(1, tag).float(2, value as f32)
}

/// A `Summary.Value` with a text, which the plugin for texts shows as Markdown: `tag`, `tensor`, `metadata`.
fn text(tag: &str, content: &str) -> Message {
    let no_axes = Message::default();
    let tensor = Message::default().count(1, STRING).message(2, &no_axes).text(8, content);
    let plugin = Message::default().text(1, "text");
    let metadata = Message::default().message(1, &plugin);
    Message::default().text(1, tag).message(8, &tensor).message(9, &metadata)
}
