//! The table of rules: which stand at which place.

use crate::text::Message;

/// What a rule refuses.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The name of the rule.
    pub rule: &'static str,
    /// What is wrong.
    pub message: Message,
}

/// A place in a description, and what stands there.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The name of the place.
    pub name: &'static str,
    /// Where it is in the notation.
    pub doc: &'static [&'static str],
    /// Its rules, in the order in which they are asked.
    pub rules: &'static [Rule],
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The name of the rule, the file in front: `split::parent`.
    pub name: &'static str,
    /// Whether it looks up what is a field in the macros, so that rustc itself refuses it there.
    pub is_field: bool,
}

/// Writes the table of one kind of description, a place in each entry: its indices, and its rules with the files that
/// they stand in.
///
/// ```text
/// /// An operand of a loss or metric.
/// operand(phase: usize, site: Site, slot: usize) { #[field] operand::known, operand::kind }
/// ```
///
/// Each place becomes a constant function of its name, which gives what the first of its rules refuses: the macros call
/// it in constants, at the user's tokens. It becomes a method of `Findings` as well, which gathers what all of its rules
/// refuse, for a running program. A rule that is marked `#[field]` looks up a name that is a field of a generated struct
/// in the macros, so that rustc itself refuses it there: the function leaves it out.
macro_rules! places {
    ($($(#[doc = $doc:literal])* $place:ident $indices:tt { $($(#[$field:ident])? $file:ident::$rule:ident),+ $(,)? })+) => {
        $(places! {
            @function [$(#[doc = $doc])*] $place $indices $indices { $([$($field)? $file $rule])+ }
        })+

        /// What is wrong with a description.
        pub(super) struct Findings<'a> {
            pub context: Context<'a>,
            pub found: Vec<crate::rules::places::Finding>,
        }

        impl Findings<'_> {
            $(places! { @method $place $indices $indices { $([$file $rule])+ } })+
        }

        /// All places with their rules.
        pub const PLACES: &[crate::rules::places::Place] = &[$(crate::rules::places::Place {
            name: stringify!($place),
            doc: &[$($doc),*],
            rules: &[$(places! { @row [$($field)? $file $rule] }),+],
        }),+];
    };
    (@function [$($doc:tt)*] $place:ident ($($index:ident: $kind:ty),*) $indices:tt { $($row:tt)+ }) => {
        $($doc)*
        ///
        /// # Errors
        /// What the first of its rules refuses.
        pub const fn $place(context: Context<'_>, $($index: $kind),*) -> Verdict {
            $(places! { @ask $row context $indices })+
            Ok(())
        }
    };
    (@ask [field $file:ident $rule:ident] $($rest:tt)*) => {};
    (@ask [$file:ident $rule:ident] $context:ident ($($index:ident: $kind:ty),*)) => {
        if let Err(message) = $file::$rule($context, $($index),*) {
            return Err(message);
        }
    };
    (@row [field $file:ident $rule:ident]) => {
        crate::rules::places::Rule { name: concat!(stringify!($file), "::", stringify!($rule)), is_field: true }
    };
    (@row [$file:ident $rule:ident]) => {
        crate::rules::places::Rule { name: concat!(stringify!($file), "::", stringify!($rule)), is_field: false }
    };
    (@method $place:ident ($($index:ident: $kind:ty),*) $indices:tt { $($row:tt)+ }) => {
        pub fn $place(&mut self, $($index: $kind),*) {
            $(places! { @gather $row self $indices })+
        }
    };
    (@gather [$file:ident $rule:ident] $self:ident ($($index:ident: $kind:ty),*)) => {
        if let Err(message) = $file::$rule($self.context, $($index),*) {
            let rule = concat!(stringify!($file), "::", stringify!($rule));
            $self.found.push(crate::rules::places::Finding { rule, message });
        }
    };
}

pub(super) use places;

/// Ends a function with what the first of some rules refuses.
macro_rules! ask {
    ($($verdict:expr),+ $(,)?) => {
        $(if let Err(message) = $verdict {
            return Err(message);
        })+
    };
}

pub(super) use ask;
