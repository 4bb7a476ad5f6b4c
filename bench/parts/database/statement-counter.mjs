/** Query, and Execute of a prepared or parsed statement. */
const STATEMENTS = new Set(['Q', 'E'].map((type) => type.charCodeAt(0)));
const TYPE = 1;
const LENGTH = 4;

/** Finds the statements in what a PostgreSQL client sends, in chunks of any size. */
export class StatementCounter {
  #onStatement;
  /** The head of a message that has not arrived completely. */
  #head = Buffer.alloc(0);
  /** Outstanding bytes of a message's body. */
  #body = 0;
  /** The first message has no type. */
  #started = false;

  /** @param {() => void} onStatement */
  constructor(onStatement) {
    this.#onStatement = onStatement;
  }

  /** @param {Buffer} chunk */
  take(chunk) {
    let rest = chunk;
    while (rest.length > 0) {
      const skipped = Math.min(this.#body, rest.length);
      this.#body -= skipped;
      rest = rest.subarray(skipped);
      if (rest.length > 0) rest = this.#takeHead(rest);
    }
  }

  /** @param {Buffer} rest */
  #takeHead(rest) {
    const type = this.#started ? TYPE : 0;
    const missing = type + LENGTH - this.#head.length;
    this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)]);
    if (this.#head.length === type + LENGTH) {
      if (this.#started && STATEMENTS.has(/** @type {number} */ (this.#head[0])))
        this.#onStatement();
      this.#body = this.#head.readUInt32BE(type) - LENGTH;
      this.#head = Buffer.alloc(0);
      this.#started = true;
    }
    return rest.subarray(missing);
  }
}
