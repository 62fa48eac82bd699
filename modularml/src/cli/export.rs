//! `runs export` and `runs upload`: runs for other tools.

use std::path::Path;

use serde_json::json;

use super::answer::Answer;
use crate::Result;
use crate::export::TensorBoard;
use crate::record::RunRecord;

/// Writes an event file of TensorBoard.
pub(super) fn tensorboard(run: &RunRecord, folder: &Path, weights: bool) -> Result<Answer> {
    let settings = if weights { TensorBoard::at(folder).weights() } else { TensorBoard::at(folder) };
    let file = run.write_tensorboard(settings)?;
    let text = format!("{}\nlook at it with: tensorboard --logdir {}\n", file.display(), folder.display());
    Ok(Answer::fine(text, json!({ "file": file.to_string_lossy() })))
}

/// Sends a run to a server of MLflow.
#[cfg(feature = "mlflow")]
pub(super) fn mlflow(run: &RunRecord, url: &str, experiment: Option<&str>) -> Result<Answer> {
    let upload = run.upload_to_mlflow(url, experiment)?;
    let json = json!({
        "run_id": upload.run_id,
        "experiment": upload.experiment,
        "page": upload.page,
        "is_new": upload.is_new,
        "metrics": upload.metrics,
        "files": upload.files,
        "notes": upload.notes,
    });
    Ok(Answer::fine(format!("{upload}\n"), json))
}
