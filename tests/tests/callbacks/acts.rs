//! A callback of one's own that does what a test needs.

use std::sync::Mutex;

use super::*;

/// Does what a test needs: 1 takes its time, 2 makes a file at step 4, 3 fails in the third epoch, 4 makes steps larger with
/// each epoch, so that it gets better and then worse, 5 fails at the end of the first epoch, 6 writes into the folder of the run.
#[derive(Callback, Clone, Copy)]
pub(super) struct Acts {
    /// What it does.
    #[setting(first)]
    how: usize,
}

impl BuildCallback for Acts {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Acting(self.how))
    }
}

struct Acting(usize);

/// The files that were written.
pub(super) static WRITTEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

impl Callback for Acting {
    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, _: &EpochInfo<'_>) -> Result<Next> {
        if self.0 == 5 {
            return Err(modularml::Error::own("no room"));
        }
        if self.0 == 6 {
            let path = moment.run_folder().unwrap().join("own.txt");
            fs::write(&path, "written").unwrap();
            WRITTEN.lock().unwrap().push(path);
        }
        Ok(Next::Continue)
    }

    fn on_epoch_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        if self.0 == 4 {
            moment.scale_rates(1.6f64.powi(i32::try_from(moment.epoch).unwrap()));
        }
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        match self.0 {
            1 => std::thread::sleep(Duration::from_millis(20)),
            2 if step.step >= 3 => std::thread::sleep(Duration::from_millis(600)),
            3 if step.epoch == 2 => return Err(modularml::Error::own("no room")),
            _ => {}
        }
        if self.0 == 2 && step.epoch == 0 && step.step == 3 {
            fs::write(moment.run_folder().unwrap().join("STOP"), "").unwrap();
        }
        Ok(Next::Continue)
    }
}
