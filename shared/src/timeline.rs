//! The reporter's clock: what happened, and what follows from it at an instant.
//!
//! Pure: [`Case::apply`] records, [`view`] answers. Nothing here reads a clock or speaks to anybody.

mod apply;
mod disclosure;
mod event;
mod view;

pub use apply::{Case, NotYet, StaysError, TransitionError};
pub use disclosure::{EmbargoView, StageView};
pub use event::{Event, EventKind, Witness};
pub use view::{
    LadderReason, LadderView, Next, NextWhat, PromiseId, PromiseState, PromiseView, StepState, StepView,
    TimelineView, Warning, view,
};

#[cfg(all(test, feature = "toml"))]
mod tests;
