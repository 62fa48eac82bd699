//! Processes of MPI as ranks, with the feature `mpi`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use mpi::Threading;
use mpi::collective::SystemOperation;
use mpi::environment::{Universe, initialize_with_threading};
use mpi::point_to_point::MatchedReceiveVec as _;
use mpi::request::scope;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator as _, CommunicatorCollectives as _, Destination as _, Source as _};

use super::collective::{Collective, Numbers};
use super::mailbox::{Mailbox, Message};
use crate::experiment::progress::log_line;
use crate::{Error, Result};

/// The processes that `mpirun` or `srun` has started, as ranks. Its copies are the same.
///
/// ```no_run
/// use modularml::experiment::{Mpi, Ranks, Session};
///
/// fn train(mut session: Session) -> modularml::Result<()> {
///     let mpi = Mpi::start()?;
///     session.share_out(Ranks::of(mpi.clone()).shares(4))?.run_in("runs")?;
///     Ok(())
/// }
/// ```
///
/// MPI ends with the last copy: where all is well all ranks wait for each other there. Where one has failed, or panics, all
/// processes are ended, `MPI_Abort` by the first rank once it has written what it records.
#[derive(Clone)]
pub struct Mpi(Rc<World>);

struct World {
    /// Ends MPI when it is dropped.
    _universe: Universe,
    world: SimpleCommunicator,
    rank: usize,
    size: usize,
    mailbox: RefCell<Mailbox>,
    /// Whether this rank has told the others that it has failed.
    failed: Cell<bool>,
    patience: Cell<Duration>,
}

/// What a message is, as its tag tells.
const PART: i32 = 1;
const FAILED: i32 = 2;
const LEFT: i32 = 3;

/// How long a rank waits for another before it takes it for lost, unless it is told.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// How long a rank that goes waits for others to take notice.
const NOTICE: Duration = Duration::from_secs(30);
/// An error is told in so many bytes, which MPI takes in without waiting for the receiver.
const LONGEST_TEXT: usize = 2048;

/// The variables in which launchers tell a process that it is one of several: Open MPI, and those after PMI and PMIx.
const LAUNCHERS: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"];

impl Mpi {
    /// Starts MPI.
    ///
    /// # Errors
    /// When it was started before.
    pub fn start() -> Result<Self> {
        // Sessions stay on the thread that starts them, and so do all calls of MPI.
        let started = initialize_with_threading(Threading::Funneled);
        let before =
            || Error::Training("MPI has been started before; start it once, and hand on its copies".to_owned());
        let (universe, _) = started.ok_or_else(before)?;
        let world = universe.world();
        let of_ranks = |number| usize::try_from(number).unwrap_or_default();
        let (rank, size) = (of_ranks(world.rank()), of_ranks(world.size()));
        Ok(Self(Rc::new(World {
            _universe: universe,
            world,
            rank,
            size,
            mailbox: RefCell::new(Mailbox::new(rank, size)),
            failed: Cell::new(false),
            patience: Cell::new(PATIENCE),
        })))
    }

    /// Whether a launcher such as `mpirun` has started this process.
    #[must_use]
    pub fn is_launched() -> bool {
        LAUNCHERS.iter().any(|variable| std::env::var_os(variable).is_some())
    }

    /// How long a rank waits for another one before it ends all: 30 minutes, unless it is told.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        self.0.patience.set(patience);
        self
    }
}

impl Collective for Mpi {
    fn rank(&self) -> usize {
        self.0.rank
    }

    fn size(&self) -> usize {
        self.0.size
    }

    fn exchange(&self, parts: &[&[u8]]) -> Result<Vec<Vec<u8>>> {
        let longest = parts.iter().map(|part| part.len()).max().unwrap_or_default();
        if i32::try_from(longest).is_err() {
            return Err(Error::Training(format!("MPI takes no message of {longest} bytes; run on more ranks")));
        }
        let mut all = self.0.pass(parts, PART, |mailbox| mailbox.take().transpose())?;
        if let (Some(place), Some(own)) = (all.get_mut(self.0.rank), parts.get(self.0.rank)) {
            *place = own.to_vec();
        }
        Ok(all)
    }

    fn sum(&self, numbers: &mut Numbers) -> Result<()> {
        match numbers {
            Numbers::F32(numbers) => {
                let own = numbers.clone();
                self.0.world.all_reduce_into(&own[..], &mut numbers[..], SystemOperation::sum());
            }
            Numbers::F64(numbers) => {
                let own = numbers.clone();
                self.0.world.all_reduce_into(&own[..], &mut numbers[..], SystemOperation::sum());
            }
        }
        Ok(())
    }

    fn fail(&self, why: &str) {
        self.0.fail(why);
    }
}

impl World {
    /// Sends each other rank its part, and takes in what arrives, until all is sent and `done` tells that what it waits for is
    /// there. Where that fails, what was begun is still sent: the others take it in when they take notice.
    fn pass<T>(&self, parts: &[&[u8]], tag: i32, done: impl Fn(&mut Mailbox) -> Option<Result<T>>) -> Result<T> {
        scope(|scope| {
            let mut sends = Vec::new();
            for (rank, part) in (0i32..).zip(parts).filter(|(rank, _)| usize::try_from(*rank) != Ok(self.rank)) {
                sends.push(self.world.process_at_rank(rank).immediate_send_with_tag(scope, *part, tag));
            }
            let (mut ended, mut waiting) = (None, Waiting::new(self.patience.get()));
            loop {
                if self.take_in() {
                    waiting.again();
                }
                sends = sends.into_iter().filter_map(|send| send.test().err()).collect();
                if ended.is_none() {
                    ended = done(&mut self.mailbox.borrow_mut());
                    if matches!(ended, Some(Err(_))) {
                        waiting = Waiting::new(NOTICE);
                    }
                }
                match ended {
                    Some(ended) if sends.is_empty() => return ended,
                    _ if waiting.is_over() => self.abort("waited in vain for another rank"),
                    _ => waiting.pause(),
                }
            }
        })
    }

    /// Takes in all that has arrived, and says whether anything has.
    fn take_in(&self) -> bool {
        let mut has_arrived = false;
        while let Some(found) = self.world.any_process().immediate_matched_probe() {
            has_arrived = true;
            let (bytes, status) = found.matched_receive_vec::<u8>();
            let message = match status.tag() {
                PART => Message::Part(bytes),
                FAILED => Message::Failed(String::from_utf8_lossy(&bytes).into_owned()),
                _ => Message::Left,
            };
            self.mailbox.borrow_mut().put(usize::try_from(status.source_rank()).unwrap_or_default(), message);
        }
        has_arrived
    }

    fn fail(&self, why: &str) {
        if self.failed.replace(true) {
            return;
        }
        let mut end = why.len().min(LONGEST_TEXT);
        while !why.is_char_boundary(end) {
            end -= 1;
        }
        let text = why.get(..end).unwrap_or_default().as_bytes();
        // Nothing is waited for but that it is sent, so this cannot fail.
        let _ = self.pass(&vec![text; self.size], FAILED, |_| Some(Ok(())));
    }

    /// Ends all processes.
    fn abort(&self, why: &str) -> ! {
        log_line(&format!("rank {}: {why}; all ranks are ended", self.rank));
        self.world.abort(1)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.fail("has panicked");
        }
        if !self.failed.get() {
            let nothing: &[u8] = &[];
            let left = self.pass(&vec![nothing; self.size], LEFT, Mailbox::all_left);
            if left.is_ok() {
                return;
            }
        }
        // The first rank may still write down how the run has ended: it ends the others, which take in until then what it
        // has begun to send.
        let mut waiting = Waiting::new(NOTICE);
        while self.rank != 0 && !waiting.is_over() {
            self.take_in();
            waiting.pause();
        }
        let why = self.mailbox.borrow().failure().unwrap_or_else(|| "it has failed".to_owned());
        self.abort(&why);
    }
}

/// Waits, at first with all its attention.
struct Waiting {
    since: Instant,
    patience: Duration,
    pauses: u32,
}

impl Waiting {
    fn new(patience: Duration) -> Self {
        Self { since: Instant::now(), patience, pauses: 0 }
    }

    /// Something has come: there may be more at once.
    fn again(&mut self) {
        self.pauses = 0;
    }

    fn is_over(&self) -> bool {
        self.since.elapsed() > self.patience
    }

    fn pause(&mut self) {
        self.pauses = self.pauses.saturating_add(1);
        match self.pauses {
            0..2_000 => std::thread::yield_now(),
            _ => std::thread::sleep(Duration::from_micros(50)),
        }
    }
}
