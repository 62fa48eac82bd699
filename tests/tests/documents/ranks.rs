//! The examples of `docs/ranks.md`.

use super::dsl::notation::Pulse;
use super::*;
use modularml::experiment::{Ranks, Threads};

#[cfg(feature = "mpi")]
fn on_mpi(mut study: super::dsl::notation::SohStudy) -> Result<()> {
    use modularml::experiment::Mpi;

    let mpi = Mpi::start()?;
    study.session_mut().share_out(Ranks::of(mpi.clone()).shares(4))?;
    let results = study.run_in("runs")?;
    Ok(())
}

fn on_threads(session: impl Fn() -> Result<Session> + Sync) -> Result<()> {
    let of_two = Threads::run(2, |rank| {
        let mut session = session()?;
        session.share_out(Ranks::of(rank).shares(4))?.run()
    })?;
    Ok(())
}

#[cfg(feature = "mpi")]
fn of_several_machines(mpi: modularml::experiment::Mpi) -> Result<()> {
    use modularml::experiment::Collective;

    let files = Paths::folder("pulses", "parquet")?;
    let own = files.clone().shard(mpi.rank(), mpi.size())?;
    Reader::<Pulse>::new().to_stores("stores").parquet(own)?; // pulses/part-0.parquet becomes stores/part-0.arrow
    mpi.gather(&[])?; // all have converted theirs
    let pulses = FeatureSet::<Pulse>::open(files.stores_in("stores")?)?;
    Ok(())
}

fn of_an_engine() -> Result<()> {
    let pulses = Reader::<Pulse>::new().to_store("pulses.arrow").parquet(Paths::folder("pulses", "parquet")?)?;
    Ok(())
}
