//! Parsing, evaluation and the graph, by the number of blocks: what a block costs must not depend on how many there are.
//!
//! `cargo bench --bench language` prints the time of each step for 100, 1,000 and 10,000 blocks, and what that is per block.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use wharf::config::{self, Config, KindNames, ModuleFiles};
use wharf::desired::{Inputs, Unknowns, evaluate};
use wharf::diagnostic::{Diagnostics, Source};
use wharf::eval::Moment;

const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// How many blocks one group of [`text`] has.
const GROUP: usize = 10;

const KINDS: KindNames<'static> = KindNames {
    managed: &["container", "image", "job", "network", "sync", "volume"],
    data: &["container", "image", "network", "volume"],
    is_block: wharf::kinds::is_block,
};

/// Writes blocks in groups of ten that refer to each other, to locals and to variables; some are repeated.
fn text(blocks: usize) -> String {
    let mut text = String::from(
        "variable \"tag\" {\n  default = \"1\"\n}\n\nlocals {\n  common = { MODE = \"fast\", LEVEL = 3 }\n}\n",
    );
    for group in 0..blocks / GROUP {
        let written = write!(
            text,
            r#"
network "n{group}" {{
  internal = true
}}

volume "v{group}" {{
  for_each = {{ data = "7d", logs = "1d" }}
  labels   = {{ keep = each.value }}
}}

image "i{group}" {{
  name = "shop/app{group}:${{var.tag}}"
}}

container "db{group}" {{
  image = image.i{group}.id
  env   = merge(local.common, {{ NAME = "db-{group}" }})
  network {{
    name = network.n{group}.name
  }}
  mount {{
    volume = volume.v{group}["data"].name
    target = "/srv"
  }}
}}
"#
        );
        written.expect("writing to a text cannot fail");
        for member in 0..GROUP - 4 {
            let written = write!(
                text,
                r#"
container "web{group}_{member}" {{
  image   = image.i{group}.id
  command = ["serve", "--port", tostring(8000 + {member}), "--name", upper("web-{member}")]
  env     = {{ DB = container.db{group}.name, MODE = local.common.MODE }}
  memory  = "512m"
  network {{
    name    = network.n{group}.name
    aliases = ["web", "web{member}"]
  }}
  mount {{
    volume = volume.v{group}["logs"].name
    target = "/logs"
  }}
}}
"#
            );
            written.expect("writing to a text cannot fail");
        }
    }
    text
}

fn parse(source: &Arc<Source>) -> Config {
    let files = ModuleFiles::alone(vec![Arc::clone(source)]);
    let parsed = config::parse(files, PathBuf::from("."), "bench".into(), KINDS);
    sound(parsed)
}

fn sound<T>(outcome: Result<T, Diagnostics>) -> T {
    match outcome {
        Ok(value) => value,
        Err(problems) => panic!("the configuration is not sound: {:?}", problems.0.first()),
    }
}

fn language(criterion: &mut Criterion) {
    let inputs = Inputs {
        environment: BTreeMap::new(),
        assignments: Vec::new(),
        workspace: "default".to_owned(),
        working_dir: PathBuf::from("/"),
        destroying: false,
        moment: Moment::Planning,
    };
    for blocks in SIZES {
        let source = Source::new("main.hcl", text(blocks));
        let config = parse(&source);
        let found = config.root().blocks.len();
        assert_eq!(found, blocks);
        let mut group = criterion.benchmark_group("language");
        // What one element takes is the time per block.
        group.throughput(Throughput::Elements(blocks as u64));
        group.sample_size(10);
        group.bench_with_input(BenchmarkId::new("parse", blocks), &source, |bencher, source| {
            bencher.iter(|| black_box(parse(source)));
        });
        group.bench_with_input(
            BenchmarkId::new("evaluate", blocks),
            &config,
            |bencher, config| {
                bencher.iter(|| black_box(sound(evaluate(config, &inputs, &mut Unknowns::default()))));
            },
        );
        group.finish();
    }
}

criterion_group!(benches, language);
criterion_main!(benches);
