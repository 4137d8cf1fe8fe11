//! A forward proxy that reads along, as companies have: it opens the TLS of every connection with
//! certificates of its own authority.

use std::{
    collections::BTreeMap,
    fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;

use crate::process::run;

/// The proxy, until the test ends. It connects a host to the server of the test that plays it.
pub struct Interceptor {
    /// Its address, for `HTTPS_PROXY`.
    pub address: String,
    /// The certificate of its authority, for `AWS_CA_BUNDLE`.
    pub authority: PathBuf,
    told: Arc<Mutex<Told>>,
}

/// The connections to a host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connections {
    /// They were asked for.
    pub asked: usize,
    /// Their client trusted the certificate.
    pub trusted: usize,
}

#[derive(Default)]
struct Told {
    connections: BTreeMap<String, Connections>,
    /// The host whose certificate is of another authority.
    stranger: Option<String>,
}

struct Proxy {
    routes: BTreeMap<String, String>,
    usual: TlsAcceptor,
    strange: TlsAcceptor,
    told: Arc<Mutex<Told>>,
}

impl Interceptor {
    /// `routes` are the hosts, each with the `host:port` of the server that plays it, without TLS.
    /// Certificates are kept in `folder`.
    pub fn new(folder: &Path, routes: &[(&str, &str)]) -> Self {
        crate::tls();
        let hosts: Vec<&str> = routes.iter().map(|(host, _)| *host).collect();
        let told = Arc::new(Mutex::new(Told::default()));
        let proxy = Arc::new(Proxy {
            routes: routes.iter().map(|(host, to)| ((*host).to_owned(), (*to).to_owned())).collect(),
            usual: acceptor(&folder.join("usual"), "Proxy-CA", &hosts),
            strange: acceptor(&folder.join("strange"), "Strange-CA", &hosts),
            told: Arc::clone(&told),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((client, _)) = listener.accept().await {
                    let proxy = Arc::clone(&proxy);
                    // A client that does not trust the certificate disconnects.
                    tokio::spawn(async move { proxy.serve(client).await.ok() });
                }
            });
        });
        Self { address, authority: folder.join("usual/ca.crt"), told }
    }

    /// Makes a command reach every host through the proxy, and trust its authority.
    pub fn lead<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("HTTPS_PROXY", &self.address)
            .env("AWS_CA_BUNDLE", &self.authority)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
    }

    /// The connections since the last call, by host.
    pub fn take(&self) -> BTreeMap<String, Connections> {
        std::mem::take(&mut self.told.lock().unwrap().connections)
    }

    /// From now on, the certificate of this host is of an authority that nobody knows.
    pub fn makes_a_stranger_of(&self, host: &str) {
        self.told.lock().unwrap().stranger = Some(host.to_owned());
    }
}

impl Proxy {
    async fn serve(&self, client: TcpStream) -> io::Result<()> {
        let mut client = BufReader::new(client);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if client.read_line(&mut head).await? == 0 {
                return Ok(());
            }
        }
        let target =
            head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let host = target.rsplit_once(':').map_or(target, |(host, _)| host).to_owned();
        self.count(&host, |known| known.asked += 1);
        let Some(server) = self.routes.get(&host) else {
            return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
        };
        let stranger = self.told.lock().unwrap().stranger.as_deref() == Some(host.as_str());
        let acceptor = if stranger { &self.strange } else { &self.usual };
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
        let mut client = acceptor.accept(client).await?;
        self.count(&host, |known| known.trusted += 1);
        copy_bidirectional(&mut client, &mut TcpStream::connect(server).await?).await.map(drop)
    }

    fn count(&self, host: &str, add: impl FnOnce(&mut Connections)) {
        add(self.told.lock().unwrap().connections.entry(host.to_owned()).or_default());
    }
}

/// Shows a certificate for the hosts, of an authority with this name.
fn acceptor(folder: &Path, authority: &str, hosts: &[&str]) -> TlsAcceptor {
    fs::create_dir_all(folder).unwrap();
    certify(folder, authority, hosts);
    let chain = CertificateDer::pem_file_iter(folder.join("host.crt")).unwrap();
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("host.key")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn certify(folder: &Path, authority: &str, hosts: &[&str]) {
    let names: Vec<String> = hosts
        .iter()
        .map(|host| {
            if host.parse::<std::net::IpAddr>().is_ok() {
                format!("IP:{host}")
            } else {
                format!("DNS:{host}")
            }
        })
        .collect();
    let extensions = format!("subjectAltName={}\nbasicConstraints=CA:FALSE\n", names.join(","));
    fs::write(folder.join("extensions"), extensions).unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for arguments in [
        format!("req -x509 {key} -keyout ca.key -out ca.crt -subj /O=Acme/CN={authority} -days 2"),
        format!("req {key} -keyout host.key -out host.csr -subj /CN=intercepted"),
        "x509 -req -in host.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out host.crt -days 2 -extfile extensions"
            .to_owned(),
    ] {
        run(Command::new("openssl").args(arguments.split(' ')).current_dir(folder));
    }
}
