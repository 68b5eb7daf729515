/** Something of a compose file that no manifest says, and why. */
export interface LeftOut {
  /** Where it stands in the file, such as `services.web.build`. */
  readonly field: string;
  readonly why: string;
}
