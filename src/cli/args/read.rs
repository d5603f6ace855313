//! What the commands take that read and print.

use super::super::complete::changes;
use std::path::PathBuf;

use clap::Args;

/// `countersign tui`
#[derive(Debug, Default, Args)]
pub struct TuiArgs {
    /// Show what has these words and key:value terms: state risk path target agent author id needs age
    /// claimed checks ai repo; order:risk, age, size, likelihood, impact, change, target or agent.
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    /// Show also the repositories that config.toml names, each with its own policy and key.
    #[arg(long)]
    pub all_repos: bool,
    /// A plain dialogue of lines instead of a screen, for screen readers; so it is too where TERM is
    /// dumb.
    #[arg(long)]
    pub accessible: bool,
    /// Use this theme: auto, one that is built in (T lists them), or one of your own.
    #[arg(long, value_name = "NAME", env = "COUNTERSIGN_THEME")]
    pub theme: Option<String>,
    /// Use these keys: vim, arrows or gerrit; your own keymap.toml goes before them.
    #[arg(long, value_name = "NAME", env = "COUNTERSIGN_KEYS")]
    pub keys: Option<String>,
}

/// `countersign show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The change, or one of its revisions [default: the newest known here]
    #[arg(value_name = "ID[@N]", add = changes())]
    pub change: String,
    /// Print the whole patch as well.
    #[arg(long, short = 'p')]
    pub patch: bool,
    /// Only the remarks, each with what became of it in the newest revision.
    #[arg(long)]
    pub comments: bool,
    /// What revision N did to revision M, with what a rebase brought taken out. Without M it is the
    /// revision before N, without N the one that CHANGE names.
    #[arg(long, value_name = "M..N", conflicts_with_all = ["comments", "format"])]
    pub interdiff: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Print remarks and unanswered findings in the format of other programs.
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "json")]
    pub format: Option<ShowFormat>,
}

/// What `show --format` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ShowFormat {
    /// For people and prompts.
    Markdown,
    /// SARIF 2.1.0.
    Sarif,
    /// reviewdog's rdjson.
    Rdjson,
}

/// `countersign log`
#[derive(Debug, Args)]
pub struct LogArgs {
    /// A change or a commit; everything by default.
    #[arg(value_name = "REV|ID")]
    pub what: Option<String>,
    /// Say too what each came to under the policy of this commit.
    #[arg(long, value_name = "POLICY_COMMIT")]
    pub as_of: Option<String>,
    /// Print a JSON object a line.
    #[arg(long)]
    pub jsonl: bool,
    /// Print one JSON document.
    #[arg(long, conflicts_with = "jsonl")]
    pub json: bool,
}

/// `countersign scan`
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// A..B or a commit [default: HEAD]
    #[arg(value_name = "RANGE")]
    pub range: Option<String>,
    /// Read commits from stdin, one a line, and answer each as it comes.
    #[arg(long, conflicts_with = "range")]
    pub stdin: bool,
    /// Only who made each commit; its risk is not assessed.
    #[arg(long)]
    pub markers: bool,
    /// Print a JSON object a line.
    #[arg(long)]
    pub jsonl: bool,
    /// Print one JSON document.
    #[arg(long, conflicts_with = "jsonl")]
    pub json: bool,
}

/// `countersign demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where to build it: absent or empty [default: a new temporary folder]
    // Its own id: `dir` is that of the global `-C`.
    #[arg(id = "demo-dir", value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The moment the world's dates count back from, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// `countersign stats`
#[derive(Debug, Args)]
pub struct StatsArgs {
    /// How far to look back, such as 24h, 30d or 365d.
    #[arg(long, value_name = "DURATION", default_value = "90d")]
    pub since: String,
    /// Count a change as overdue when it has waited longer than this.
    #[arg(long, value_name = "DURATION", default_value = "1d")]
    pub overdue: String,
    /// Name rules, agents and models whose changes were never rejected nor taken back, and those that
    /// often were, with the numbers. Nothing is changed.
    #[arg(long)]
    pub suggest: bool,
    /// Suggest nothing from fewer decided changes than N.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub least: usize,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Print OpenMetrics, for the textfile collector of a node exporter.
    #[arg(long, conflicts_with_all = ["json", "suggest"])]
    pub openmetrics: bool,
}
