//! The reporter's clock: what happened, and what follows from it at an instant.
//!
//! Pure: [`Case::apply`] records, [`view`] answers. Nothing here reads a clock or speaks to anybody.

mod apply;
mod event;
mod view;

pub use apply::{Case, NotYet, TransitionError};
pub use event::{Event, EventKind, Witness};
pub use view::{
    LadderReason, LadderView, Next, NextWhat, PromiseId, PromiseState, PromiseView, StepState, StepView,
    TimelineView, view,
};

#[cfg(all(test, feature = "toml"))]
mod tests;
