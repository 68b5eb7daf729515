/** One step of a database's schema, from `version - 1` to `version`. */
export interface Migration {
  readonly version: number;
  /** For messages, such as `0001-journal`. */
  readonly name: string;
  /** Any number of statements, without BEGIN and COMMIT. */
  readonly sql: string;
}

/** Throws unless the migrations are numbered 1, 2, 3, … in this order: a gap would leave some database without a step. */
export function checkMigrations(migrations: readonly Migration[]): void {
  migrations.forEach(({ version, name }, index) => {
    if (version !== index + 1) {
      throw new RangeError(`migration ${name} has version ${version}; expected ${index + 1}, since they count from 1`);
    }
  });
}
