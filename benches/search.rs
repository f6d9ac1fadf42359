//! Search at national size: what one process answers over HTTP, beside a constant body of the same
//! mean size from a bare actix-web server in the same run. Run with
//! `cargo bench --bench search -- 1000000`; without a number, with a hundred thousand practitioners.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench prints, and stops when something is wrong"
)]

use std::{
    cell::Cell,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    rc::Rc,
    time::{Duration, Instant},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const CLIENTS: usize = 64;
const QUERIES: usize = 10_000;
/// Rounds of all queries; the first warms up and is not counted.
const ROUNDS: usize = 3;

/// Large cities, as latitude and longitude.
const CITIES: [(f64, f64); 12] = [
    (40.75, -74.00),
    (34.06, -118.24),
    (41.89, -87.62),
    (29.76, -95.37),
    (33.45, -112.07),
    (39.95, -75.17),
    (32.79, -96.80),
    (37.78, -122.42),
    (47.61, -122.33),
    (39.75, -105.00),
    (45.51, -122.68),
    (33.75, -84.39),
];

#[actix_web::main]
async fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == "--constant") {
        return constant(words[at + 1].parse().expect("a size")).await;
    }
    let people = words.iter().find_map(|word| word.parse().ok()).unwrap_or(100_000);
    search(people).await;
}

/// Serves a body of that many bytes at every path.
async fn constant(size: usize) {
    let body = web::Bytes::from(vec![b' '; size]);
    let answer = move || HttpResponse::Ok().content_type("application/json").body(body.clone());
    let server = HttpServer::new(move || {
        let answer = answer.clone();
        App::new().default_service(web::to(move || std::future::ready(answer())))
    });
    let server = server.workers(2).bind("127.0.0.1:0").expect("a port");
    println!("listening on http://{}", server.addrs()[0]);
    server.run().await.expect("a server");
}

struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(mut command: Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let named = |line: String| {
            let words = line.split_whitespace().filter_map(|word| word.strip_prefix("http://"));
            words.map(|rest| rest.split('/').next().unwrap_or(rest).trim_end_matches('.').to_owned()).next()
        };
        let address = lines.by_ref().map_while(Result::ok).find_map(named).expect("it says where it listens");
        // Somebody has to read the rest, or it would wait for it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    fn demo(people: usize) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stillpoint"));
        command.args(["demo", "--listen", "127.0.0.1:0", "--rate-limits", "off", "--practitioners"]);
        command.arg(people.to_string());
        Self::start(command)
    }

    fn constant(size: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this bench"));
        command.args(["--constant", &size.to_string()]);
        Self::start(command)
    }

    /// Megabytes of memory in use and at the highest.
    fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("");
            line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1_024
        };
        (of("VmRSS:"), of("VmHWM:"))
    }
}

/// Numbers that are the same in every run (an additive sequence by the golden ratio).
fn part(number: usize, salt: f64) -> f64 {
    ((number as f64 + salt) * 0.618_033_988_749_895 + salt * 0.754_877_666).fract()
}

/// The same mixture in every run: seven of ten around a large city, three anywhere in the country.
fn query(number: usize) -> String {
    let (a, b, c) = (part(number, 1.0), part(number, 2.3), part(number, 3.7));
    let (latitude, longitude) = if number % 10 < 7 {
        let city = CITIES[(c * CITIES.len() as f64) as usize];
        (city.0 + (a - 0.5) * 0.5, city.1 + (b - 0.5) * 0.6)
    } else {
        (30.0 + a * 17.0, -120.0 + b * 45.0)
    };
    let radius = 5 + (part(number, 4.1) * 96.0) as usize;
    let filters = [
        "",
        "",
        "",
        "",
        "&provider_type=massage_therapist",
        "&language=es",
        "&concern=headache",
        "&accepts_new_patients=true",
        "&include_unverified=true",
        "&provider_type=osteopath,chiropractor&concern=neck_pain",
    ];
    let filter = filters[(part(number, 5.9) * 10.0) as usize];
    format!("/v1/practitioners?near={latitude:.4},{longitude:.4}&radius_km={radius}{filter}")
}

struct Figures {
    rate: f64,
    median: Duration,
    p99: Duration,
    slowest: Duration,
    mean_size: usize,
}

/// All of `paths` by 64 clients on one thread, each with a connection kept open.
async fn measure(address: &str, paths: &[String]) -> Figures {
    let requests: Rc<Vec<Vec<u8>>> = Rc::new(
        paths
            .iter()
            .map(|path| format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").into_bytes())
            .collect(),
    );
    let next = Rc::new(Cell::new(0));
    let began = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (requests, next, address) = (Rc::clone(&requests), Rc::clone(&next), address.to_owned());
            actix_web::rt::spawn(async move {
                let mut stream = TcpStream::connect(&address).await.expect("a connection");
                stream.set_nodelay(true).expect("a socket");
                let (mut took, mut bytes) = (Vec::new(), 0);
                let mut buffer = vec![0; 1 << 17];
                while let Some(request) = requests.get(next.replace(next.get() + 1)) {
                    let began = Instant::now();
                    stream.write_all(request).await.expect("it is sent");
                    bytes += read_answer(&mut stream, &mut buffer).await;
                    took.push(began.elapsed());
                }
                (took, bytes)
            })
        })
        .collect();
    let (mut took, mut bytes) = (Vec::new(), 0);
    for client in clients {
        let (own, size) = client.await.expect("a client");
        took.extend(own);
        bytes += size;
    }
    let rate = took.len() as f64 / began.elapsed().as_secs_f64();
    took.sort_unstable();
    Figures {
        rate,
        median: took[took.len() / 2],
        p99: took[took.len() * 99 / 100],
        slowest: took[took.len() - 1],
        mean_size: bytes / took.len(),
    }
}

/// The size of the body.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> usize {
    let mut filled = 0;
    let mut whole = None;
    loop {
        filled += stream.read(&mut buffer[filled..]).await.expect("an answer");
        if whole.is_none() {
            whole = head_of(&buffer[..filled]);
        }
        if let Some((head, size)) = whole
            && filled >= head + size
        {
            return size;
        }
    }
}

/// Where the head ends, and how long the body is.
fn head_of(read: &[u8]) -> Option<(usize, usize)> {
    let end = read.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&read[..end]).expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let size = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((end + 4, size.expect("a length")))
}

async fn rounds(address: &str, paths: &[String]) -> Figures {
    let mut best = measure(address, paths).await;
    for round in 1..ROUNDS {
        let next = measure(address, paths).await;
        if round == 1 || next.rate > best.rate {
            best = next;
        }
    }
    best
}

async fn search(people: usize) {
    let began = Instant::now();
    let demo = Server::demo(people);
    println!("{people} practitioners made, read and ready in {:.0} s", began.elapsed().as_secs_f64());
    println!("memory {} MiB", demo.memory().0);
    let mixed: Vec<String> = (0..QUERIES).map(query).collect();
    let with = |more: &str, every: usize| -> Vec<String> {
        mixed.iter().step_by(every).map(|path| format!("{path}{more}")).collect()
    };
    let answered = rounds(&demo.address, &mixed).await;
    let constant = Server::constant(answered.mean_size);
    let yardstick = rounds(&constant.address, &mixed).await;
    let show = |name: &str, figures: &Figures| {
        let Figures { rate, median, p99, slowest, mean_size } = figures;
        let share = rate / yardstick.rate;
        println!(
            "{name:<22} {rate:>8.0}/s  {share:.2} of the yardstick, {mean_size} bytes, median {median:.1?}, p99 {p99:.1?}, slowest {slowest:.1?}"
        );
    };
    show("constant, the yardstick", &yardstick);
    show("mixed", &answered);
    show("mixed, facets", &rounds(&demo.address, &with("&facets=true", 5)).await);
    show("mixed, soonest", &rounds(&demo.address, &with("&sort=soonest", 5)).await);
    let (now, most) = demo.memory();
    println!("memory {now} MiB, at the highest {most} MiB");
}
