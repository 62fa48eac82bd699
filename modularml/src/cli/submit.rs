//! `submit`: the items of a plan as a job array of Slurm.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::answer::Answer;
use super::arguments::JobArray;
use super::items::{Planning, planned};
use super::shell::quoted;
use super::study::Study;
use crate::error::Problem;
use crate::items::ItemPlan;
use crate::{Error, Result};

/// How many seconds before the time limit a job is told to save and to end.
const WARNING: u32 = 120;

/// Writes a job array for the items of a plan, and hands it to Slurm unless it is only to be printed.
pub(super) fn submit(study: Study, plan: Option<&Path>, settings: &JobArray) -> Result<Answer> {
    let Planning { session, plan, folder, again } = planned(study, plan)?;
    plan.check(&session)?;
    let folder =
        fs::canonicalize(&folder).map_err(|error| Problem::from(error).of("cannot be found").in_file(&folder))?;
    let script = script(&plan, &folder, &again, settings)?;
    let path = folder.join("slurm.sh");
    if settings.dry_run {
        return Ok(Answer::fine(script.clone(), json!({ "script": script })));
    }
    fs::create_dir_all(folder.join("slurm"))
        .and_then(|()| fs::write(&path, &script))
        .map_err(|error| Problem::from(error).of("cannot be written").in_file(&path))?;
    let job = sbatch(&script)?;
    let text =
        format!("submitted: job {job}\nscript: {}\noutput: {}\n", path.display(), folder.join("slurm").display());
    Ok(Answer::fine(text, json!({ "job": job, "script": path.to_string_lossy() })))
}

/// Hands a script to `sbatch`, and gives the number of the job.
fn sbatch(script: &str) -> Result<String> {
    let failed = |why: String| Error::Data(format!("sbatch: {why}; --dry-run prints the script"));
    let mut sbatch = Command::new("sbatch");
    sbatch.arg("--parsable").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = sbatch.spawn().map_err(|error| failed(error.to_string()))?;
    if let Some(mut input) = process.stdin.take() {
        input.write_all(script.as_bytes()).map_err(|error| failed(error.to_string()))?;
    }
    let output = process.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    // `JOB` or `JOB;CLUSTER`.
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim().split(';').next().unwrap_or_default().to_owned())
}

/// The job script. A job that is told to end saves what it has, and goes back into the queue.
fn script(plan: &ItemPlan, folder: &Path, again: &str, settings: &JobArray) -> Result<String> {
    let here = std::env::current_dir().map_err(|error| Error::Data(format!("the working folder: {error}")))?;
    let per_task = settings.per_task.max(1);
    let last = plan.items.len().div_ceil(per_task).saturating_sub(1);
    let at_once = settings.at_once.map(|count| format!("%{count}")).unwrap_or_default();
    let mut text = String::from("#!/bin/bash\n");
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "#SBATCH --{key}={value}");
    };
    line("job-name", &plan.experiment);
    line("array", &format!("0-{last}{at_once}"));
    line("cpus-per-task", &settings.cpus.to_string());
    for (key, value) in [("partition", &settings.partition), ("time", &settings.time), ("mem", &settings.memory)] {
        if let Some(value) = value {
            line(key, value);
        }
    }
    line("output", &format!("\"{}/slurm/%A_%a.out\"", folder.display()));
    line("open-mode", "append");
    line("signal", &format!("B:TERM@{WARNING}"));
    let (folder, here) = (quoted(&folder.to_string_lossy()), quoted(&here.to_string_lossy()));
    let _ = write!(
        text,
        r#"#SBATCH --requeue
cd {here} || exit 1
export RAYON_NUM_THREADS=$SLURM_CPUS_PER_TASK
{again} run --plan {folder} --per-task {per_task} --quiet &
study=$!
trap 'kill -TERM $study' TERM
wait $study
code=$?
if [ $code -eq 143 ]; then
    # The signal has ended the waiting, not the study, which still saves what it has.
    wait $study
    code=$?
fi
if [ $code -eq 75 ]; then
    scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}"
fi
exit $code
"#
    );
    Ok(text)
}
