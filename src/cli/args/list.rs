//! The flags of `countersign --list`.

use clap::Args;

/// `countersign --list`
#[derive(Debug, Default, Args)]
pub struct ListArgs {
    /// Show what has these words and key:value terms: state risk path target agent author id needs age
    /// claimed checks ai; order:risk, age, size, likelihood, impact, change, target or agent.
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    /// Print one JSON document, with names only those fields.
    #[arg(long, value_name = "FIELDS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub json: Option<String>,
    /// Print a JSON object a line.
    #[arg(long, conflicts_with = "json")]
    pub jsonl: bool,
    /// Print a line a change, made from %(field), %(field.part), %% and %xx for a byte.
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["json", "jsonl"])]
    pub format: Option<String>,
    /// End records with NUL instead of a line break.
    #[arg(short = 'z')]
    pub zero: bool,
    /// Include landed and closed changes.
    #[arg(long)]
    pub all: bool,
    /// List also the repositories that config.toml names, each with its own policy and key.
    #[arg(long)]
    pub all_repos: bool,
    /// Fetch first, and push what waits here.
    #[arg(long)]
    pub sync: bool,
    /// Exit 1 when something waits.
    #[arg(long)]
    pub exit_code: bool,
}
