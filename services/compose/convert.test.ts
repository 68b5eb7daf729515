import assert from "node:assert/strict";
import { test } from "node:test";
import { Workload } from "../model/workload.ts";
import { convertCompose } from "./convert.ts";

/** Compose files as their YAML parses, so that these tests need no parser. */
function convert(file: object, variables: Record<string, string> = {}, profiles: readonly string[] = []) {
  const converted = convertCompose(file, { variables, profiles });
  for (const manifest of converted.manifests) Workload.parse(manifest);
  return {
    ...converted,
    of: (name: string) => converted.manifests.find((manifest) => manifest.name === name),
    left: converted.leftOut.map(({ field }) => field),
  };
}

/** What one service's keys become, beside name, image and what Compose takes for granted. */
function one(keys: object, variables: Record<string, string> = {}, more: object = {}) {
  const converted = convert({ services: { web: { image: "nginx:1", ...keys } }, ...more }, variables);
  const { name, image, root, restart, ...rest } = converted.of("web") ?? { name: "", image: "" };
  void [name, image];
  return { ...converted, rest, root, restart };
}

test("a blog and its database, as such files are written", () => {
  const converted = convert(
    {
      version: "3.8",
      services: {
        db: {
          image: "mariadb:11",
          command: "--transaction-isolation=READ-COMMITTED --binlog-format=ROW",
          restart: "always",
          volumes: ["db:/var/lib/mysql"],
          environment: ["MARIADB_ROOT_PASSWORD=${DB_ROOT:?set DB_ROOT}", "MARIADB_DATABASE=blog"],
          healthcheck: {
            test: ["CMD", "healthcheck.sh", "--connect"],
            interval: "10s",
            retries: 5,
            start_period: "1m30s",
          },
        },
        blog_app: {
          image: "ghcr.io/example/blog:${TAG:-6.4}",
          container_name: "blog",
          restart: "unless-stopped",
          ports: ["8080:80"],
          volumes: [{ type: "volume", source: "html", target: "/var/www/html", read_only: true }],
          environment: { DB_HOST: "db", DEBUG: false, WORKERS: 4, TZ: null },
          mem_limit: "512m",
          deploy: { resources: { limits: { cpus: "0.50" } } },
        },
      },
      volumes: { db: null, html: { name: "Blog_HTML" } },
    },
    { DB_ROOT: "s3cret", TZ: "Europe/Berlin" },
  );
  assert.deepEqual(converted.problems, []);
  assert.deepEqual(converted.manifests, [
    {
      name: "db",
      image: "mariadb:11",
      root: "ephemeral",
      restart: { policy: "always" },
      args: ["--transaction-isolation=READ-COMMITTED", "--binlog-format=ROW"],
      env: { MARIADB_ROOT_PASSWORD: "s3cret", MARIADB_DATABASE: "blog" },
      volumes: [{ name: "db", path: "/var/lib/mysql" }],
      health: {
        exec: ["healthcheck.sh", "--connect"],
        interval: "10s",
        timeout: "30s",
        retries: 5,
        startPeriod: "90s",
      },
    },
    {
      name: "blog-app",
      image: "ghcr.io/example/blog:6.4",
      root: "ephemeral",
      restart: { policy: "always" },
      env: { DB_HOST: "db", DEBUG: "false", WORKERS: "4", TZ: "Europe/Berlin" },
      ports: [{ host: 8080, container: 80 }],
      volumes: [{ name: "blog-html", path: "/var/www/html", readOnly: true }],
      limits: { memory: "512Mi", cpus: 0.5 },
    },
  ]);
  assert.deepEqual(converted.left, ["services.blog_app.container_name"]);
});

test("what is left out is listed with where it stands and why", () => {
  const { leftOut } = convert({
    services: {
      web: {
        build: "./web",
        image: "nginx:1",
        env_file: [".env"],
        secrets: ["token"],
        volumes: ["./conf:/etc/nginx/conf.d:ro"],
        ports: ["80", "8000-8001:9000"],
        nonsense: 1,
        "x-note": "ignored",
        labels: { a: "b" },
      },
      worker: { build: "." },
    },
    networks: { back: {} },
    secrets: { token: { file: "./token" } },
  });
  const why = Object.fromEntries(leftOut.map((one) => [one.field, one.why]));
  assert.deepEqual(Object.keys(why).sort(), [
    "networks",
    "secrets",
    "services.web.build",
    "services.web.env_file",
    "services.web.nonsense",
    "services.web.ports[0]",
    "services.web.ports[1]",
    "services.web.secrets",
    "services.web.volumes[0]",
    "services.worker",
    "services.worker.build",
  ]);
  assert.match(why["services.web.build"] ?? "", /build it elsewhere/);
  assert.match(why["services.web.volumes[0]"] ?? "", /no such folder/);
  assert.match(why["services.web.nonsense"] ?? "", /no such key/);
});

test("folders of the host become mounts, to be written to unless the file says otherwise", () => {
  const { rest } = one({
    volumes: ["/srv/data:/data", "/etc/ssl/certs:/certs:ro", { type: "bind", source: "/mnt/usb", target: "/usb" }],
  });
  assert.deepEqual(rest.mounts, [
    { source: "/srv/data", path: "/data", readOnly: false },
    { source: "/etc/ssl/certs", path: "/certs", readOnly: true },
    { source: "/mnt/usb", path: "/usb", readOnly: false },
  ]);
});

test("a root that can be written to and no restart are what Compose takes for granted", () => {
  assert.deepEqual(one({}).root, "ephemeral");
  assert.deepEqual(one({}).restart, { policy: "never" });
  assert.deepEqual(one({ read_only: true }).root, "read-only");
  assert.deepEqual(one({ restart: "on-failure:3" }).restart, { policy: "on-failure" });
  assert.deepEqual(one({ restart: false }).restart, { policy: "never" });
  assert.deepEqual(one({ restart: "no", deploy: { restart_policy: { condition: "any", delay: "5s" } } }).restart, {
    policy: "always",
    delay: "5s",
  });
});

test("ports are published in every syntax", () => {
  const ports = [
    "8080:80",
    "0.0.0.0:53:53/udp",
    "[::]:81:81",
    "7000-7002:8000-8002",
    { target: 443, published: "8443", protocol: "tcp", mode: "host" },
    "127.0.0.1:9000:9000",
    { target: 9001, published: 9001, host_ip: "fd00::5" },
  ];
  assert.deepEqual(one({ ports }).rest.ports, [
    { host: 8080, container: 80 },
    { host: 53, container: 53, protocol: "udp" },
    { host: 81, container: 81 },
    { host: "7000-7002", container: "8000-8002" },
    { host: 8443, container: 443 },
    { host: 9000, container: 9000, address: "127.0.0.1" },
    { host: 9001, container: 9001, address: "fd00::5" },
  ]);
  assert.deepEqual(one({ ports: ["80:80"], network_mode: "host" }).left, ["services.web.ports"]);
});

test("commands, entrypoints and users are taken over", () => {
  const { rest } = one({ entrypoint: ["/init"], command: "run 'a b'", user: 1000, working_dir: "/srv" });
  assert.deepEqual(rest, { entrypoint: ["/init"], args: ["run", "a b"], user: "1000", workdir: "/srv" });
  assert.deepEqual(one({ entrypoint: "" }).left, ["services.web.entrypoint"]);
  assert.deepEqual(one({ command: null, entrypoint: null }).rest, {});
});

test("places in memory, volumes without a name and capabilities", () => {
  const { rest } = one({
    tmpfs: ["/run", "/tmp:size=64m,mode=1777,noexec"],
    volumes: [
      "/var/cache",
      "/srv/www:/www:ro",
      "/run/x.sock:/x.sock:rw",
      { type: "tmpfs", target: "/work", tmpfs: { size: 1048576, mode: 0o700 } },
    ],
    cap_drop: ["ALL"],
    cap_add: ["NET_ADMIN", "cap_net_raw"],
    security_opt: ["no-new-privileges:true"],
    stop_signal: "QUIT",
    stop_grace_period: "1m30s",
    pids_limit: 100,
  });
  assert.deepEqual(rest, {
    mounts: [
      { source: "/srv/www", path: "/www", readOnly: true },
      { source: "/run/x.sock", path: "/x.sock", readOnly: false },
    ],
    volumes: [{ name: "web-var-cache", path: "/var/cache" }],
    tmpfs: [
      { path: "/work", size: 1048576, mode: "700" },
      { path: "/run" },
      { path: "/tmp", size: "64Mi", mode: "1777" },
    ],
    capabilities: { add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"] },
    limits: { pids: 100 },
    stop: { signal: "SIGQUIT", grace: "90s" },
  });
});

test("whose ids it has and what it may do beyond the default", () => {
  const { rest, left } = one({
    group_add: ["video", 44],
    hostname: "box",
    privileged: true,
    userns_mode: "host",
    sysctls: { "net.core.somaxconn": 1024, "vm.swappiness": 1 },
    security_opt: ["no-new-privileges:false", "seccomp:unconfined", "seccomp:./profile.json", "apparmor:none"],
    cap_add: ["ALL"],
  });
  assert.deepEqual(rest, {
    groups: ["video", "44"],
    hostname: "box",
    privileged: true,
    userns: "host",
    sysctls: { "net.core.somaxconn": "1024" },
    noNewPrivileges: false,
    seccomp: "unconfined",
    capabilities: { add: ["ALL"] },
  });
  assert.deepEqual(left, [
    "services.web.security_opt[2]",
    "services.web.security_opt[3]",
    "services.web.sysctls.vm.swappiness",
  ]);
  assert.deepEqual(one({ privileged: false, userns_mode: "" }).rest, {});
});

test("how much of a log is kept is taken over, whoever else would keep it is not", () => {
  const { rest } = one({ logging: { driver: "json-file", options: { "max-size": "1m", "max-file": "2" } } });
  assert.deepEqual(rest.logs, { size: "1Mi", files: 2 });
  assert.equal(one({ logging: { driver: "syslog" } }).rest.logs, undefined);
});

test("health checks run in a shell, by themselves, or not at all", () => {
  const exec = (healthcheck: object) => one({ healthcheck }).rest.health?.exec;
  assert.deepEqual(exec({ test: "wget -q localhost || exit 1" }), ["/bin/sh", "-c", "wget -q localhost || exit 1"]);
  assert.deepEqual(exec({ test: ["CMD-SHELL", "true"] }), ["/bin/sh", "-c", "true"]);
  assert.deepEqual(exec({ test: ["CMD", "true"] }), ["true"]);
  for (const off of [{ test: ["NONE"] }, { test: "true", disable: true }])
    assert.deepEqual(one({ healthcheck: off }).rest.health, { disabled: true });
  assert.deepEqual(one({ healthcheck: { interval: "1m" } }).left, ["services.web.healthcheck"]);
  assert.equal(one({ healthcheck: { test: "true", start_interval: "5s" } }).rest.health?.startInterval, "5s");
});

test("services wait for one another as depends_on says", () => {
  const converted = convert({
    services: {
      app_server: {
        image: "app:1",
        depends_on: {
          db: { condition: "service_healthy", restart: true },
          setup: { condition: "service_completed_successfully" },
          cache_1: { condition: "service_started" },
          debug: { condition: "service_started", required: false },
          built: null,
        },
      },
      web: { image: "nginx:1", depends_on: ["app_server"] },
      db: { image: "db:1" },
      setup: { image: "setup:1" },
      cache_1: { image: "cache:1" },
      debug: { image: "debug:1", profiles: ["dev"] },
      built: { build: "." },
    },
  });
  assert.deepEqual(converted.of("app-server")?.after, [
    { workload: "db", requires: "healthy" },
    { workload: "setup", requires: "succeeded" },
    "cache-1",
  ]);
  assert.deepEqual(converted.of("web")?.after, ["app-server"]);
  assert.deepEqual(
    converted.left.filter((field) => field.startsWith("services.app_server")),
    ["services.app_server.depends_on.db.restart", "services.app_server.depends_on.built"],
  );
});

test("names, resolvers and the network of a service", () => {
  const { rest, left } = one({
    dns: "10.0.0.1",
    dns_search: ["example.org", "."],
    extra_hosts: ["printer=10.0.0.9", "host.docker.internal:host-gateway", "six:fd00::1"],
    init: true,
    pull_policy: "if_not_present",
  });
  assert.deepEqual(left, []);
  assert.deepEqual(rest, {
    network: {
      dns: { servers: ["10.0.0.1"], search: ["example.org"] },
      hosts: { printer: "10.0.0.9", "host.docker.internal": "gateway", six: "fd00::1" },
    },
    init: true,
    pull: "missing",
  });
  assert.deepEqual(one({ network_mode: "none" }).rest.network, { mode: "none" });
  assert.deepEqual(one({ network_mode: "service:db" }).left, ["services.web.network_mode"]);
});

test("limits, reservations and small files", () => {
  const { rest, left } = one(
    {
      mem_limit: "1g",
      memswap_limit: "1536m",
      mem_reservation: "256m",
      cpu_shares: 2048,
      shm_size: "128m",
      ulimits: { nofile: { soft: 1000, hard: 4000 }, nproc: 10 },
      blkio_config: { weight: 1000, device_read_bps: [] },
      deploy: { resources: { reservations: { cpus: "0.25", devices: [] }, limits: { pids: 7 } } },
      configs: ["motd", { source: "conf", target: "/etc/app.conf", mode: 0o440, uid: "10" }, "far"],
    },
    { FROM: "the environment" },
    {
      configs: {
        motd: { content: "hello\n" },
        conf: { environment: "FROM" },
        far: { file: "./far" },
      },
    },
  );
  assert.deepEqual(rest, {
    limits: {
      memory: "1Gi",
      swap: 512 * 1024 * 1024,
      cpuWeight: 200,
      shm: "128Mi",
      openFiles: 4000,
      io: { weight: 200 },
      pids: 7,
    },
    reserve: { memory: "256Mi", cpus: 0.25 },
    files: [
      { path: "/motd", content: "hello\n" },
      { path: "/etc/app.conf", content: "the environment", mode: "440", owner: "10:0" },
    ],
  });
  assert.deepEqual(left, [
    "services.web.configs[2]",
    "services.web.ulimits.nproc",
    "services.web.blkio_config.device_read_bps",
    "services.web.deploy.resources.reservations.devices",
  ]);
});

test("services of a profile are converted when it is asked for", () => {
  const file = { services: { web: { image: "nginx:1" }, debug: { image: "busybox:1", profiles: ["dev"] } } };
  assert.deepEqual(convert(file).left, ["services.debug"]);
  assert.equal(convert(file, {}, ["dev"]).manifests.length, 2);
  assert.equal(convert(file, {}, ["*"]).manifests.length, 2);
});

test("what is wrong is told of the service it stands in", () => {
  const problems = (file: object) => convertCompose(file, { variables: {}, profiles: [] }).problems;
  const cases: ReadonlyArray<readonly [object, RegExp]> = [
    [{}, /^services is not/],
    [{ services: { web: [] } }, /^services\.web is not/],
    [{ services: { web: { image: "UPPER CASE" } } }, /^services\.web: the manifest it becomes is wrong: image/],
    [{ services: { web: { image: "nginx", mem_limit: "much" } } }, /^services\.web\.mem_limit is not/],
    [{ services: { web: { image: "nginx", ports: ["80:http"] } } }, /^services\.web\.ports\[0\] is not/],
    [{ services: { web: { image: "nginx", volumes: ["data:/x"] } } }, /^services\.web\.volumes\[0\] is not/],
    [{ services: { web: { image: "nginx", restart: "sometimes" } } }, /^services\.web\.restart is not/],
    [{ services: { web: { image: "nginx", command: "'" } } }, /^services\.web\.command is not/],
    [{ services: { web: { image: "nginx", volumes: [":/x"] } } }, /^services\.web\.volumes\[0\] is not/],
    [{ services: { web: { image: "${NONE:?gone}" } } }, /^services\.web\.image needs the variable NONE: gone/],
    [{ services: { a_b: { image: "nginx" }, "a-b": { image: "nginx" } } }, /^services\.a-b is not/],
    [{ services: { __: { image: "nginx" } } }, /^services\.__ is not/],
  ];
  for (const [file, message] of cases) assert.match(problems(file)[0]?.message ?? "", message);
  assert.equal(problems({ services: { a: { image: "A B" }, b: { image: "nginx", restart: "x" } } }).length, 2);
});
