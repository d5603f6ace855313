//! Countersign: a terminal review queue for AI-generated changes, and the gate that checks their
//! signed approvals before a deployment. Any git remote is queue, store and message bus.
//!
//! What the reviewer sees, with the names that the code uses for its parts:
//!
//! ```text
//! ┌ bar ──────────────────────────────────────────────────────────────────────────┐
//! │ countersign  shop · origin   23 wait · 4 high        synced 12 s ago · alice  │
//! │ 1 needs me 14   2 low 5   3 high 4                            ← views (tabs)  │
//! │── needs you ───────────────────── 14 │ Raise edge timeouts       ← header     │
//! │▌CRIT fix-lb-timeouts @2 amazonq   ▲3 │ infra/lb.yaml +5 -9       ← file row   │
//! │ HIGH auth-refresh    @3 copilot   ▲2 │      @@ 12 · edge-lb      ← hunk row   │
//! │   ↑ queue: an Entry a row            │▲ 15 - app: edge-proxy     ← line rows  │
//! │── files ───────── 3 of 7 hunks seen  │▲ 15 + app: edge-lb                     │
//! │ ◐ M infra/lb.yaml      ▲2  +5  -9    │    ▲ k8s.selector-…       ← note:      │
//! │── why it is first ───────────────    │      a Finding under its line          │
//! │ likelihood 62   impact 3   …         │ 0 of 2 seniors · seen 3/7 ← verdict bar│
//! │ ✓ docs-typo@1 approved · u undo                               ← notice        │
//! └ key bar ──────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! The rooms below stand on floors: a room imports only from lower ones (`docs/architecture.md`; held
//! by `tests/it/tidy.rs`).
//!
//! ```text
//! cli
//! runtime  demo
//! ui       review   gate
//! evidence
//! app      git      signing   journal
//! queue    risk     policy    stats
//! change   diff     verdict   config
//! ```
//!
//! Reading order for a newcomer: [`change`], [`verdict`] and [`policy`] are what everything is about;
//! [`gate::judge`] is the decision; [`review`] is what a reviewer does; `app::update` is the screen.

pub mod change;
pub mod cli;
pub mod config;
pub mod demo;
pub mod diff;
pub mod evidence;
pub mod gate;
pub mod git;
pub mod journal;
pub mod policy;
pub mod queue;
pub mod review;
pub mod risk;
pub mod signing;
pub mod stats;
pub mod verdict;

#[cfg(feature = "tui")]
pub mod app;
#[cfg(feature = "tui")]
pub mod runtime;
#[cfg(feature = "tui")]
pub mod ui;
