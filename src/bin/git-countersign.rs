//! `git countersign …`: the same program under the name by which git finds it.

fn main() -> std::process::ExitCode {
    countersign::cli::main(std::env::args_os()).into()
}
