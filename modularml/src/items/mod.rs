//! Items: the runs that a study comes down to, one for each fold and seed, and for each trial of what may be chosen. Each is one
//! command that can be given anywhere, again, and by several processes at a time.
//!
//! A plan is a file of items in a folder; each item is a recorded run in a folder of its own beside it, named by its id, a
//! digest of description, data, seed and fold. A finished item is not run again, one that was stopped goes on, and one that
//! fails leaves the others alone. What the items come to together is collected from the folders.
//!
//! | in the folder | what it holds |
//! | --- | --- |
//! | `plan.json` | the items, and digests of the description, the data and the program that they are of |
//! | `<id>/` | the run of an item ([`record`](crate::record)) |

mod choice;
mod collect;
mod comparing;
mod item;
mod plan;
mod run;
mod search;
mod state;
mod trials;

pub use choice::Choice;
pub use collect::Collected;
pub use comparing::Trial;
pub use item::Item;
pub use plan::ItemPlan;
pub use search::{Chosen, SearchResult, Searched};
pub use state::ItemState;
