/** A set of keys: the files it consists of, by what they are for. The words of each are what `berth keys init` prints. */
export const KEY_FILES = {
  ca: {
    name: "bundle-ca.cert.pem",
    secret: false,
    purpose: "what devices trust: goes into the image as /etc/rauc/keyring.pem",
  },
  caKey: {
    name: "bundle-ca.key.pem",
    secret: true,
    purpose: "makes further bundle certificates: keep it off line",
  },
  certificate: { name: "bundle.cert.pem", secret: false, purpose: "goes into each update bundle" },
  key: { name: "bundle.key.pem", secret: true, purpose: "signs update bundles (rauc bundle --key)" },
  releaseKey: { name: "release.key.pem", secret: true, purpose: "signs a release's checksum file (Ed25519)" },
  releasePublicKey: {
    name: "release.pub.pem",
    secret: false,
    purpose: "checks it: publish it (berth verify --key, berth flash --key)",
  },
} as const satisfies Readonly<Record<string, KeyFile>>;

/** One file of a set. */
interface KeyFile {
  readonly name: string;
  /** Readable by its owner alone. */
  readonly secret: boolean;
  readonly purpose: string;
}

/** What a set's files are called in the code. */
export type KeyRole = keyof typeof KEY_FILES;
