//! Database servers of a test, each in a folder of its own, on a free port of this machine.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use output::{Service, World};
use tempfile::TempDir;

use crate::authority;
use crate::part::{self, Part};

pub const PASSWORD: &str = "it's a \"secret\"";

/// A service of that kind with these settings; `env:PASSWORD` is the right password.
pub fn open(kind: &str, settings: &str) -> Box<dyn Service> {
    let secret = |reference: &str| match reference {
        "env:PASSWORD" => Ok(PASSWORD.to_owned()),
        _ => Ok("wrong".to_owned()),
    };
    let table = settings.parse().unwrap_or_else(|error| panic!("{settings}: {error}"));
    let kind = output::service::find(kind).expect("a kind of service");
    (kind.open)(table, World::with_secrets(secret))
        .unwrap_or_else(|error| panic!("{settings}: {error}"))
}

/// A private authority, and a certificate of it for this machine.
pub struct Certificates {
    pub ca: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Certificates {
    fn make(folder: &Path) -> Certificates {
        authority::write_to(folder);
        Certificates {
            ca: folder.join("ca.pem"),
            certificate: folder.join("server.pem"),
            key: folder.join("server.key"),
        }
    }
}

/// A server that was started and may be killed.
pub struct Server {
    /// Before its folder, so that it ends before that is removed.
    part: Option<Part>,
    _folder: TempDir,
    pub port: u16,
    pub certificates: Certificates,
    start: Box<dyn Fn() -> Command + Send + Sync>,
}

impl Server {
    /// A killed server's children may hold its folder for a moment, so it is started until it stays.
    pub async fn start(&mut self) {
        for _ in 0..50 {
            let mut part = Part::start(&mut (self.start)());
            tokio::select! {
                () = part::listening(self.port) => {
                    self.part = Some(part);
                    return;
                }
                () = ended(&mut part) => {}
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it does not start: {:?}", (self.start)());
    }

    pub fn kill(&mut self) {
        self.part = None;
    }

    pub fn tls(&self) -> String {
        format!("tls = {{ ca = '{}' }}", self.certificates.ca.display())
    }
}

async fn ended(part: &mut Part) {
    while part.is_running() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// PostgreSQL's server, which refuses to run as root.
pub async fn postgres() -> Server {
    let folder = TempDir::new().expect("a folder");
    let certificates = Certificates::make(folder.path());
    let password = folder.path().join("password");
    std::fs::write(&password, PASSWORD).expect("written");
    private(&certificates.key);
    let user = give(folder.path());
    let data = folder.path().join("data");
    let mut initdb = Command::new(postgres_program("initdb"));
    initdb.arg("-D").arg(&data).args(["-U", "trail", "-A", "scram-sha-256", "-E", "UTF8"]);
    initdb.args(["--no-sync", "--locale=C"]);
    initdb.arg(format!("--pwfile={}", password.display()));
    run(as_user(&mut initdb, user));

    let port = part::free_port();
    let program = postgres_program("postgres");
    let socket = folder.path().to_owned();
    let (certificate, key) = (certificates.certificate.clone(), certificates.key.clone());
    let start = move || {
        let mut command = Command::new(&program);
        command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        // Only processes are killed here, so that what the system was given is not lost.
        for setting in ["listen_addresses=127.0.0.1", "fsync=off", "ssl=on"] {
            command.args(["-c", setting]);
        }
        for (name, path) in [
            ("unix_socket_directories", &socket),
            ("ssl_cert_file", &certificate),
            ("ssl_key_file", &key),
        ] {
            command.arg("-c").arg(format!("{name}={}", path.display()));
        }
        as_user(&mut command, user);
        command
    };
    let mut server =
        Server { _folder: folder, port, certificates, start: Box::new(start), part: None };
    server.start().await;
    server
}

/// MariaDB's server, with a database `audit` of the user `trail`.
pub async fn mariadb() -> Server {
    let folder = TempDir::new().expect("a folder");
    let certificates = Certificates::make(folder.path());
    let data = folder.path().join("data");
    let me = text(Command::new("id").arg("-un"));
    let mut install = Command::new(part::program("mariadb-install-db", "mariadb-server"));
    install.args(["--no-defaults", "--auth-root-authentication-method=normal"]);
    install.arg(format!("--datadir={}", data.display())).arg(format!("--user={me}"));
    run(&mut install);
    // Carried out at each start.
    let init = folder.path().join("init.sql");
    let statements = format!(
        "create database if not exists audit;\n\
         create user if not exists trail identified by '{}';\n\
         grant select, insert, update, delete, create, alter, index, drop, create view, show view \
         on audit.* to trail;\n\
         create user if not exists root@'127.0.0.1';\n\
         grant all on *.* to root@'127.0.0.1';\n",
        PASSWORD.replace('\'', "''")
    );
    std::fs::write(&init, statements).expect("written");

    let port = part::free_port();
    let program = part::program("mariadbd", "mariadb-server");
    let socket = folder.path().join("socket");
    let (certificate, key) = (certificates.certificate.clone(), certificates.key.clone());
    let start = move || {
        let mut command = Command::new(&program);
        command.args(["--no-defaults", "--bind-address=127.0.0.1", "--max-allowed-packet=4M"]);
        // Otherwise 127.0.0.1 is localhost, whose user without a name comes first.
        command.arg("--skip-name-resolve");
        command.arg(format!("--user={me}")).arg(format!("--port={port}"));
        for (name, path) in [
            ("datadir", &data),
            ("socket", &socket),
            ("init-file", &init),
            ("ssl-cert", &certificate),
            ("ssl-key", &key),
        ] {
            command.arg(format!("--{name}={}", path.display()));
        }
        command
    };
    let mut server =
        Server { _folder: folder, port, certificates, start: Box::new(start), part: None };
    server.start().await;
    server
}

/// Debian keeps the server's programs out of the path.
pub fn postgres_program(name: &str) -> String {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> =
        versions.map(|version| version.path().join("bin").join(name)).collect();
    places.retain(|path| path.is_file());
    match places.into_iter().max() {
        Some(path) => path.display().to_string(),
        None => part::program(name, "postgresql"),
    }
}

/// Gives the folder to a user who is not root, if we are; that user's number.
fn give(folder: &Path) -> Option<u32> {
    if text(Command::new("id").arg("-u")) != "0" {
        return None;
    }
    run(Command::new("chown").args(["-R", "nobody"]).arg(folder));
    Some(text(Command::new("id").args(["-u", "nobody"])).parse().expect("a number"))
}

fn as_user(command: &mut Command, user: Option<u32>) -> &mut Command {
    if let Some(user) = user {
        command.uid(user).current_dir("/");
    }
    command
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("private");
}

pub fn run(command: &mut Command) {
    let outcome = command.stdin(Stdio::null()).output();
    let outcome = outcome.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&outcome.stderr);
    assert!(outcome.status.success(), "{command:?}: {said}");
}

pub fn text(command: &mut Command) -> String {
    let outcome = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    String::from_utf8_lossy(&outcome.stdout).trim().to_owned()
}
