//! The program as it runs: started, told to stop, killed.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use shop::load::Client;

/// A shop in a process of its own; it is killed with the test.
pub(crate) struct Running {
    process: Child,
    out: BufReader<ChildStdout>,
    pub(crate) url: String,
}

impl Running {
    pub(crate) fn start(database: &Path, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_shop"))
            .args(["--listen", "127.0.0.1:0", "--database"])
            .arg(database)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect(&line);
        Self {
            url: url.to_owned(),
            out,
            process,
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn told_to_stop_it_answers_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-INT"] {
        let mut running = Running::start(&folder.path().join("shop.db"), &["--demo"]);
        let mut client = Client::connect(&running.url).await.unwrap();
        let answer = client
            .send(hyper::Method::GET, "/stock/mug", &[], None)
            .await
            .unwrap();
        // The demo's articles are taken in once, however often it is asked for.
        let position = client
            .send(hyper::Method::GET, "/health", &[], None)
            .await
            .unwrap();
        assert_eq!(position.body["position"], 10, "{answer:?}");
        let told = Command::new("kill")
            .args([signal, &running.process.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        assert!(running.process.wait().unwrap().success(), "{signal}");
        let mut rest = String::new();
        running.out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "stopped\n");
    }
}

#[test]
fn what_it_cannot_do_is_said() {
    let fails = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_shop"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let error = fails(&["--listen", "nowhere:at:all"]);
    assert!(
        error.starts_with("shop: cannot listen on nowhere:at:all: "),
        "{error}"
    );
    let error = fails(&["--listen", "127.0.0.1:0", "--database", "no/folder/shop.db"]);
    assert!(error.contains("folder"), "{error}");
    let error = fails(&["load", "--for", "soon"]);
    assert!(
        error.contains("`soon` is not a time like 10s, 500ms or 2m"),
        "{error}"
    );
    let error = fails(&["load", "--url", "https://localhost", "--for", "1s"]);
    assert!(error.contains("does not begin with http://"), "{error}");
}
