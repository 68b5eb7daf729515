/** Where things are on a device. */
export const PATHS = {
  data: "/data",
  state: "/data/berth/state.db",
  deviceKey: "/data/berth/device.key",
  images: "/data/berth/images",
  volumes: "/data/berth/volumes",
  outbox: "/data/berth-agent/outbox.db",
  adminState: "/data/berth-admin",
  configuration: (service: "supervisor" | "admin" | "agent") => `/run/berth/${service}/config.json`,
  socket: "/run/berth/supervisor.sock",
  serviceSocket: (service: "admin" | "agent") => `/run/berth/${service}/supervisor.sock`,
  linkStatus: "/run/berth-agent/link.json",
} as const;
