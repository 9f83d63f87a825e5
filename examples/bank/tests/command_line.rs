//! The program as it is used: typed commands, a day's file, what it prints, how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

const DAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/day.jsonl");

/// A bank in a folder of its own.
struct Bank {
    folder: TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Bank {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bank"));
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs what must succeed, and answers what it prints.
    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let Ended { code, out, err } = self.run(arguments);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?}: {out}");
        out
    }

    /// Runs what must fail without a word on stdout, and answers what it says.
    #[track_caller]
    fn fails(&self, arguments: &[&str], code: i32) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert_eq!(ended.out, "", "{arguments:?}");
        ended.err
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
}

/// What `bank run` printed, in parts.
#[derive(Debug, PartialEq)]
struct Day<'a> {
    done: usize,
    done_before: usize,
    nothing_to_do: usize,
    refused: usize,
    bad: usize,
    /// The numbers of the lines that were refused or bad.
    told: Vec<usize>,
    balances: Vec<&'a str>,
}

fn day(out: &str) -> Day<'_> {
    let (report, balances) = out.split_once("\nbalances\n").expect(out);
    let count = |what: &str| {
        let counted = report.lines().filter_map(|line| {
            let (count, text) = line.trim_start().split_once(' ')?;
            (text == what).then(|| count.parse::<usize>().unwrap())
        });
        counted.sum()
    };
    let told = report.lines().filter_map(|line| {
        let (number, _) = line.trim_start().strip_prefix("line ")?.split_once(':')?;
        number.parse().ok()
    });
    Day {
        done: count("done"),
        done_before: count("done before"),
        nothing_to_do: count("with nothing to do"),
        refused: count("refused"),
        bad: count("bad"),
        told: told.collect(),
        balances: balances.lines().collect(),
    }
}

#[test]
fn a_day_run_twice_happens_once() {
    let bank = Bank::new();
    let first = bank.done(&["run", DAY]);
    let first = day(&first);
    let told = first.told.clone();
    assert_eq!(
        (first.done, first.refused, told.len()),
        (2921, 79, 79),
        "{first:?}"
    );
    assert_eq!(
        (first.done_before, first.nothing_to_do, first.bad),
        (0, 0, 0)
    );
    assert_eq!(first.balances.len(), 48, "{:?}", first.balances);

    let again = bank.done(&["run", DAY]);
    let expected = Day {
        done: 0,
        done_before: 2921,
        ..first
    };
    assert_eq!(day(&again), expected);
}

/// However often the program is killed in the middle of the day, running it again ends the day as
/// if nothing had been: nothing done is lost, nothing is done twice.
#[test]
fn a_day_that_is_killed_is_finished_by_the_next_run() {
    let bank = Bank::new();
    let out = bank.done(&["run", DAY]);
    let whole = day(&out);
    let runs = std::env::var("ES_KILL_RUNS").map_or(10, |runs| runs.parse().unwrap());
    let mut interrupted = 0;
    for round in 0..runs {
        let bank = Bank::new();
        for kill in 0..3 {
            let mut running = bank
                .command(&["run", DAY])
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            // Moments all over the day; which one is met does not matter.
            std::thread::sleep(Duration::from_millis((round * 37 + kill * 61) % 200));
            running.kill().unwrap();
            running.wait().unwrap();
        }
        let out = bank.done(&["run", DAY]);
        let rest = day(&out);
        assert_eq!(rest.done + rest.done_before, whole.done);
        interrupted += usize::from(rest.done > 0 && rest.done_before > 0);
        assert_eq!((rest.bad, rest.refused), (0, whole.refused));
        assert_eq!(rest.balances, whole.balances);
    }
    println!("{interrupted} of {runs} days were killed half way");
}

#[test]
fn commands_are_carried_out_and_remembered() {
    let bank = Bank::new();
    let ask = |arguments: &[&str]| bank.done(arguments);
    assert_eq!(
        ask(&["open", "acc-1", "--owner", "Ada"]),
        "acc-1: done (version 1)\n"
    );
    assert_eq!(
        ask(&["deposit", "acc-1", "500"]),
        "acc-1: done (version 2)\n"
    );
    assert_eq!(
        ask(&["--actor", "teller-7", "withdraw", "acc-1", "195"]),
        "acc-1: done (version 3)\n"
    );
    assert_eq!(ask(&["close", "acc-1"]), "acc-1: done (version 4)\n");
    assert_eq!(
        ask(&["close", "acc-1"]),
        "acc-1: nothing to do (version 4)\n"
    );

    let columns = |line: String| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        columns(ask(&["balance", "acc-1"])),
        ["acc-1", "Ada", "3.05", "EUR", "closed"]
    );
    assert_eq!(
        columns(ask(&["at", "acc-1", "2"])),
        ["acc-1", "Ada", "5.00", "EUR"]
    );
    assert_eq!(
        columns(ask(&["at", "acc-1", "2999-01-01T00:00:00Z"])),
        ["acc-1", "Ada", "3.05", "EUR", "closed"]
    );

    let history = ask(&["history", "acc-1"]);
    let lines: Vec<_> = history.lines().collect();
    assert_eq!(lines.len(), 4, "{history}");
    for (line, (start, end)) in lines.iter().zip([
        (
            "   1  ",
            r#"account.opened  Opened { owner: "Ada", currency: Eur }  by command line"#,
        ),
        (
            "   2  ",
            "account.deposited  Deposited { amount: 500 }  by command line",
        ),
        (
            "   3  ",
            "account.withdrawn  Withdrawn { amount: 195 }  by teller-7",
        ),
        ("   4  ", "account.closed  Closed  by command line"),
    ]) {
        assert!(line.starts_with(start) && line.ends_with(end), "{line}");
    }
    assert_eq!(ask(&["history", "acc-2"]), "");
}

#[test]
fn refusals_name_the_account_and_the_reason() {
    let bank = Bank::new();
    bank.done(&["open", "acc-1", "--owner", "Ada"]);
    bank.done(&["deposit", "acc-1", "500"]);
    for (arguments, reason) in [
        (
            &["open", "acc-1", "--owner", "Bob"][..],
            "acc-1: the aggregate exists already",
        ),
        (&["withdraw", "acc-1", "501"], "acc-1: balance is 500"),
        (
            &["deposit", "acc-2", "1"],
            "acc-2: the aggregate does not exist",
        ),
        (&["balance", "acc-2"], "acc-2: the aggregate does not exist"),
        (
            &["at", "acc-1", "0"],
            "acc-1 at that point: the aggregate does not exist",
        ),
        (
            &["at", "acc-1", "3"],
            "acc-1 at that point: stream account/acc-1 is at version 2; version 3 is not recorded yet",
        ),
        (
            &["at", "acc-1", "2001-01-01T00:00:00Z"],
            "acc-1 at that point: the aggregate does not exist",
        ),
    ] {
        assert_eq!(bank.fails(arguments, 1), format!("bank: {reason}\n"));
    }
    // What cannot be meant is refused before anything is opened.
    for arguments in [
        &["balance", ""][..],
        &["at", "acc-1", "yesterday"],
        &["deposit", "acc-1", "-5"],
        &["open", "acc-3"],
    ] {
        assert!(
            bank.fails(arguments, 2).starts_with("error: "),
            "{arguments:?}"
        );
    }
}

#[test]
fn bad_lines_are_told_and_the_rest_goes_on() {
    let bank = Bank::new();
    let lines: [&[u8]; 12] = [
        br#"{"command": "account.open", "id": "acc-1", "data": {"owner": "Ada"}, "key": "1"}"#,
        b"not even JSON",
        b"",
        br#"{"command": "account.deposit", "id": "acc-1", "data": {"amount": 100}, "kez": "4"}"#,
        br#"{"command": "account.depsit", "id": "acc-1", "data": {"amount": 100}}"#,
        br#"{"command": "account.deposit", "id": "acc-1", "data": {"amount": -1}}"#,
        br#"{"command": "account.deposit", "id": "acc-1", "data": {"amount": 1, "to": 2}}"#,
        b"{\"command\": \"account.deposit\", \"id\": \"\xff\", \"data\": {\"amount\": 1}}",
        br#"{"command": "account.deposit", "id": "", "data": {"amount": 1}}"#,
        br#"{"command": "account.withdraw", "id": "acc-1", "data": {"amount": 1}}"#,
        br#"{"command": "account.deposit", "id": "acc-1", "data": {"amount": 250}, "key": "1b"}"#,
        br#"{"command": "account.close", "id": "acc-1"}"#,
    ];
    bank.write("bad.jsonl", lines.join(&b"\r\n"[..]));
    let Ended { code, out, err } = bank.run(&["run", "bad.jsonl"]);
    assert_eq!((code, err.as_str()), (Some(1), ""), "{out}");
    let told = day(&out);
    assert_eq!((told.done, told.refused, told.bad), (3, 1, 7), "{out}");
    assert_eq!(told.told, [10, 2, 4, 5, 6, 7, 8, 9], "{out}");
    assert_eq!(told.balances.len(), 1);
    for reason in [
        "line 2: column 2: expected ident\n",
        "line 4: column 76: unknown field `kez`, expected one of `command`, `id`, `data`, `key`\n",
        "line 5: no command is named `account.depsit`; did you mean `account.deposit`?\n",
        "line 6: account.deposit: at `amount`: ",
        "line 7: account.deposit: at `to`: the command has no such field\n",
        "line 9: account.deposit: `` is not a",
        "line 10: account.withdraw to account/acc-1: balance is 0\n",
    ] {
        assert!(out.contains(reason), "{reason}{out}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let bank = Bank::new();
    assert!(
        bank.fails(&["run", "nowhere.jsonl"], 1)
            .starts_with("bank: nowhere.jsonl: ")
    );
    assert!(bank.fails(&["run", "."], 1).starts_with("bank: .: "));
    bank.write("letter.txt", "Dear bank, ".repeat(100));
    let error = bank.fails(&["--db", "letter.txt", "balance", "acc-1"], 1);
    assert!(error.contains("letter.txt"), "{error}");
    let error = bank.fails(&["--db", "no/folder/bank.db", "balance", "acc-1"], 1);
    assert!(error.contains("folder"), "{error}");
}

#[test]
fn an_empty_file_is_a_day_without_commands() {
    let bank = Bank::new();
    bank.write("empty.jsonl", "\n\n");
    let out = bank.done(&["run", "empty.jsonl"]);
    assert_eq!((day(&out).done, day(&out).bad), (0, 0), "{out}");
}

#[test]
fn who_reads_no_further_is_no_failure() {
    let bank = Bank::new();
    bank.done(&["run", DAY]);
    for arguments in [
        &["history", "acc-001"][..],
        &["run", DAY],
        &["balance", "acc-001"],
    ] {
        let mut child = bank
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        assert!(child.wait().unwrap().success(), "{arguments:?}: {err}");
        assert_eq!(err, "", "{arguments:?}");
    }
}
