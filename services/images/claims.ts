/** What a pull or an import under way needs to stay: nothing of it may be deleted. */
export interface Claim {
  readonly reference: string;
  readonly layers: readonly string[];
  readonly blobs: readonly string[];
}

/** The claims of everything under way in this process. */
export class Claims {
  readonly #claims = new Set<Claim>();

  /** Adds a claim; gives the function that ends it. */
  add(claim: Claim): () => void {
    this.#claims.add(claim);
    return () => {
      this.#claims.delete(claim);
    };
  }

  references(): string[] {
    return [...this.#claims].map(({ reference }) => reference);
  }

  layers(): string[] {
    return [...this.#claims].flatMap(({ layers }) => layers);
  }

  blobs(): string[] {
    return [...this.#claims].flatMap(({ blobs }) => blobs);
  }
}
