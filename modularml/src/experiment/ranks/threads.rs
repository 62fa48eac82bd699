//! Threads as ranks: for tests, and where one process is enough.

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::collective::Collective;
use super::mailbox::{Mailbox, Message};
use crate::{Error, Result};

/// Threads of this process as ranks.
pub struct Threads;

/// One of some threads that are ranks.
pub struct ThreadRank {
    rank: usize,
    others: Vec<Sender<(usize, Message)>>,
    inbox: Receiver<(usize, Message)>,
    mailbox: RefCell<Mailbox>,
}

impl Threads {
    /// Runs a function on so many threads at once, each of which is a rank, and gives what it returns, by rank. Sessions are
    /// made in it, one a rank, of the same description, data and seed.
    ///
    /// # Errors
    /// What the first rank failed with, which ends the others.
    ///
    /// # Panics
    /// When a thread panics, which ends the others, or the system has none left.
    pub fn run<T: Send>(size: usize, body: impl Fn(ThreadRank) -> Result<T> + Sync) -> Result<Vec<T>> {
        let (senders, inboxes): (Vec<_>, Vec<_>) = (0..size.max(1)).map(|_| channel()).unzip();
        let ranks = inboxes.into_iter().enumerate().map(|(rank, inbox)| ThreadRank {
            rank,
            others: senders.clone(),
            inbox,
            mailbox: RefCell::new(Mailbox::new(rank, senders.len())),
        });
        let ranks: Vec<ThreadRank> = ranks.collect();
        let ended: Vec<_> = std::thread::scope(|scope| {
            let body = &body;
            let threads: Vec<_> = ranks.into_iter().map(|rank| scope.spawn(move || body(rank))).collect();
            threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
        });
        let mut given = Vec::new();
        let mut failed: Option<Error> = None;
        for ended in ended {
            match ended {
                Ok(Ok(value)) => given.push(value),
                // What another rank is told of a failure says less than the failure itself.
                Ok(Err(error)) if failed.as_ref().is_none_or(|failed| matches!(failed, Error::Rank { .. })) => {
                    failed = Some(error);
                }
                Ok(Err(_)) => {}
                Err(panic) => resume_unwind(panic),
            }
        }
        failed.map_or(Ok(given), Err)
    }
}

impl ThreadRank {
    fn tell(&self, message: impl Fn() -> Message) {
        let others = self.others.iter().enumerate().filter(|(rank, _)| *rank != self.rank);
        for (_, other) in others {
            // One that has ended needs to know nothing.
            let _ = other.send((self.rank, message()));
        }
    }
}

impl Collective for ThreadRank {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.others.len()
    }

    fn exchange(&self, parts: &[&[u8]]) -> Result<Vec<Vec<u8>>> {
        let mut own = Vec::new();
        for (rank, (part, other)) in parts.iter().zip(&self.others).enumerate() {
            if rank == self.rank {
                own = part.to_vec();
            } else {
                // Whether it has ended is told by what it sent last.
                let _ = other.send((self.rank, Message::Part(part.to_vec())));
            }
        }
        let mut mailbox = self.mailbox.borrow_mut();
        loop {
            if let Some(mut all) = mailbox.take()? {
                all.get_mut(self.rank).into_iter().for_each(|place| *place = std::mem::take(&mut own));
                return Ok(all);
            }
            let arrived = self.inbox.recv();
            let (from, message) = arrived.map_err(|_| Error::Training("the other ranks are gone".to_owned()))?;
            mailbox.put(from, message);
        }
    }

    fn fail(&self, why: &str) {
        self.tell(|| Message::Failed(why.to_owned()));
    }
}

/// Others that wait for this rank are told that it has ended.
impl Drop for ThreadRank {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.fail("has panicked");
        }
        self.tell(|| Message::Left);
    }
}
