//! The hook behind real servers: sshd on the loopback with its own keys, and git's own smart HTTP
//! behind nginx. A refusal reaches whoever pushes, in our words.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{approve, guarded, merged, refused, taken};
use crate::common::{Key, Ran, World};

/// A server that ends with the test.
struct Server {
    children: Vec<Child>,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts servers on one port, and waits until somebody answers there.
fn serve(port: u16, commands: Vec<Command>) -> Server {
    let start = |mut command: Command| {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let name = command.get_program().to_owned();
        command.spawn().unwrap_or_else(|error| {
            panic!("{name:?}: {error}; .ci/run installs what the tests call")
        })
    };
    let children = commands.into_iter().map(start).collect();
    let server = Server { children, port };
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30), "no server");
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

/// A program that Debian puts where only root looks.
fn system(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    let mut found = dirs.map(|dir| dir.join(name)).filter(|file| file.exists());
    found.next().unwrap_or_else(|| name.into())
}

/// Whether these servers can be tried here: where a program is missing they cannot, except under
/// `.ci/run`, which installs what the tests call and says so by this variable.
fn can_serve(programs: &[&str]) -> bool {
    std::env::var_os("COUNTERSIGN_VERIFIERS").is_some()
        || programs.iter().all(|name| system(name).is_absolute())
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// An sshd for one key, whose users run git and nothing else of theirs.
fn sshd(world: &World, client: &Key) -> Server {
    let dir = world.sandbox.path("sshd");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    // sshd gives up its rights into this folder where it has some.
    let _ = std::fs::create_dir_all("/run/sshd");
    let host = Key::new(&world.sandbox, "host");
    let port = free_port();
    write(&dir.join("authorized"), &format!("{}\n", client.public));
    let config = format!(
        "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\n\
         PidFile none\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         PermitRootLogin yes\n",
        host.path.display(),
        dir.join("authorized").display(),
    );
    write(&dir.join("config"), &config);
    let mut server = world.sandbox.command(system("sshd"), &dir);
    server.args(["-D", "-q", "-f"]).arg(dir.join("config"));
    server.stderr(Stdio::null());
    let server = serve(port, vec![server]);
    let known = format!("[127.0.0.1]:{port} {}\n", host.public);
    write(&dir.join("known"), &known);
    server
}

/// git's http-backend behind nginx, without passwords.
fn nginx(world: &World) -> Server {
    let dir = world.sandbox.path("nginx");
    std::fs::create_dir_all(&dir).unwrap();
    let port = free_port();
    let exec = world.sandbox.git(&world.remote, &["--exec-path"]);
    let (here, top) = (dir.display(), world.sandbox.path(""));
    let config = format!(
        "daemon off;\nmaster_process off;\npid {here}/pid;\nerror_log {here}/error;\nevents {{}}\nhttp {{\n\
         access_log off;\nclient_body_temp_path {here}/body;\nfastcgi_temp_path {here}/fcgi;\n\
         proxy_temp_path {here}/proxy;\nuwsgi_temp_path {here}/uwsgi;\nscgi_temp_path {here}/scgi;\n\
         server {{\nlisten 127.0.0.1:{port};\nclient_max_body_size 0;\nlocation / {{\n\
         fastcgi_pass unix:{here}/socket;\nfastcgi_param SCRIPT_FILENAME {exec}/git-http-backend;\n\
         fastcgi_param GIT_PROJECT_ROOT {};\nfastcgi_param GIT_HTTP_EXPORT_ALL 1;\n\
         fastcgi_param PATH_INFO $uri;\nfastcgi_param QUERY_STRING $query_string;\n\
         fastcgi_param REQUEST_METHOD $request_method;\nfastcgi_param CONTENT_TYPE $content_type;\n\
         fastcgi_param CONTENT_LENGTH $content_length;\nfastcgi_param REMOTE_USER bob;\n\
         fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;\n}} }} }}\n",
        top.display()
    );
    write(&dir.join("config"), &config);
    let mut wrap = world.sandbox.command(system("fcgiwrap"), &dir);
    wrap.arg("-s").arg(format!("unix:{here}/socket"));
    wrap.stderr(Stdio::null());
    let mut server = world.sandbox.command(system("nginx"), &dir);
    server.arg("-c").arg(dir.join("config"));
    server.arg("-e").arg(dir.join("error"));
    serve(port, vec![wrap, server])
}

/// An unapproved merge is refused and an approved one is taken, by this way to the remote.
fn both(world: &World, push: impl Fn(&[&str]) -> Ran) {
    world.queue("try-it", "src/app.py", "def main():\n    return 1\n");
    merged(world, "try-it");
    let early = push(&["HEAD:refs/heads/main"]);
    let words = ["waits for approval", "E-UNAPPROVED", "countersign approve"];
    refused(&early, "refs/heads/main", &words);
    assert_eq!(
        world.remote_ref("refs/heads/main").as_deref(),
        Some(&*world.root),
        "nothing moved"
    );
    let gone = push(&[
        ":refs/notes/countersign",
        "HEAD:refs/countersign/queue/Bad/1",
    ]);
    refused(&gone, "refs/countersign/queue/Bad/1", &["E-REF-RULE"]);

    approve(&world.alice, "try-it");
    taken(&push(&["HEAD:refs/heads/main"]));
    let head = world.bob.oid("HEAD");
    assert_eq!(world.remote_ref("refs/heads/main"), Some(head));
}

#[test]
fn over_ssh_the_hook_refuses_and_takes_what_it_should() {
    if !can_serve(&["sshd"]) {
        return;
    }
    let world = guarded("");
    let client = Key::new(&world.sandbox, "client");
    let server = sshd(&world, &client);
    let user = world
        .sandbox
        .command("id", &world.bob.dir)
        .arg("-un")
        .output();
    let user = String::from_utf8(user.unwrap().stdout).unwrap();
    let url = format!(
        "ssh://{}@127.0.0.1:{}{}",
        user.trim(),
        server.port,
        world.remote.display()
    );
    let ssh = format!(
        "ssh -F none -i {} -o IdentitiesOnly=yes -o IdentityAgent=none -o UserKnownHostsFile={}",
        client.path.display(),
        world.sandbox.path("sshd/known").display()
    );
    world.bob.git(&["config", "core.sshCommand", &ssh]);
    both(&world, |refs| {
        world.bob.try_git(&[&["push", "-q", &url], refs].concat())
    });
}

#[test]
fn over_smart_http_the_hook_refuses_and_takes_what_it_should() {
    if !can_serve(&["nginx", "fcgiwrap"]) {
        return;
    }
    let world = guarded("");
    let server = nginx(&world);
    let url = format!("http://127.0.0.1:{}/remote.git", server.port);
    world
        .sandbox
        .git(&world.remote, &["config", "http.receivepack", "true"]);
    both(&world, |refs| {
        world.bob.try_git(&[&["push", "-q", &url], refs].concat())
    });
}
