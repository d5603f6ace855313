//! Parse, run, exit code; nothing else.

fn main() -> std::process::ExitCode {
    countersign::cli::main(std::env::args_os()).into()
}
