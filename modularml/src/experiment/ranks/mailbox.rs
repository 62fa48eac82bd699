//! What has arrived from other ranks and was not taken yet.

use std::collections::VecDeque;

use crate::{Error, Result};

/// What a rank sends another.
pub(super) enum Message {
    /// Its part of an exchange.
    Part(Vec<u8>),
    /// It has failed, and why.
    Failed(String),
    /// It has ended.
    Left,
}

/// What has arrived from other ranks and was not taken yet.
pub(super) struct Mailbox {
    rank: usize,
    parts: Vec<VecDeque<Vec<u8>>>,
    left: Vec<bool>,
    failed: Option<(usize, String)>,
}

impl Mailbox {
    pub(super) fn new(rank: usize, size: usize) -> Self {
        Self { rank, parts: vec![VecDeque::new(); size], left: vec![false; size], failed: None }
    }

    /// Takes in a message. Those of one rank come in the order in which it sent them.
    pub(super) fn put(&mut self, from: usize, message: Message) {
        match message {
            Message::Part(part) => {
                if let Some(parts) = self.parts.get_mut(from) {
                    parts.push_back(part);
                }
            }
            Message::Failed(why) => {
                self.failed.get_or_insert((from, why));
            }
            Message::Left => self.left.get_mut(from).into_iter().for_each(|left| *left = true),
        }
    }

    /// One part of every other rank, by rank, with nothing for this one; none where some are not there yet.
    ///
    /// # Errors
    /// When a rank has failed, or will not send its part any more.
    pub(super) fn take(&mut self) -> Result<Option<Vec<Vec<u8>>>> {
        if let Some((rank, problem)) = &self.failed {
            return Err(Error::Rank { rank: *rank, problem: problem.clone() });
        }
        let of_others = self.parts.iter().enumerate().filter(|(rank, _)| *rank != self.rank);
        let mut missing = of_others.filter(|(_, parts)| parts.is_empty()).map(|(rank, _)| rank).peekable();
        if missing.peek().is_some() {
            let gone = missing.find(|&rank| self.left.get(rank) == Some(&true));
            return gone.map_or(Ok(None), |rank| {
                let problem = "has ended while this rank goes on; do all ranks run the same?".to_owned();
                Err(Error::Rank { rank, problem })
            });
        }
        Ok(Some(self.parts.iter_mut().map(|parts| parts.pop_front().unwrap_or_default()).collect()))
    }
}

#[cfg(feature = "mpi")]
impl Mailbox {
    /// Whether all other ranks have ended; none where some have not, and an error where one has failed or goes on.
    pub(super) fn all_left(&mut self) -> Option<Result<()>> {
        if self.failed.is_some() {
            return self.take().map(drop).map_or_else(|error| Some(Err(error)), |()| None);
        }
        let mut others = self.left.iter().enumerate().filter(|(rank, _)| *rank != self.rank);
        others.all(|(_, left)| *left).then_some(Ok(()))
    }

    /// What another rank has failed with.
    pub(super) fn failure(&self) -> Option<String> {
        self.failed.as_ref().map(|(rank, why)| format!("rank {rank} has failed: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_taken_when_all_are_there_and_a_failure_comes_first() {
        let mut mailbox = Mailbox::new(1, 3);
        mailbox.put(0, Message::Part(vec![1]));
        mailbox.put(0, Message::Part(vec![2]));
        assert!(mailbox.take().expect("nothing failed").is_none());
        mailbox.put(2, Message::Part(vec![3]));
        mailbox.put(2, Message::Left);
        assert_eq!(mailbox.take().expect("it was sent before"), Some(vec![vec![1], vec![], vec![3]]));
        let message = mailbox.take().expect_err("rank 2 has left").to_string();
        assert_eq!(message, "rank 2: has ended while this rank goes on; do all ranks run the same?");
        mailbox.put(0, Message::Failed("no space left".to_owned()));
        assert_eq!(mailbox.take().expect_err("rank 0 has failed").to_string(), "rank 0: no space left");
    }
}
