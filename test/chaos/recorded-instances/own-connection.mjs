import pg from 'pg';

/** How long anything may take, in milliseconds. */
const PATIENCE = 1_000;

/** @typedef {{ url: string, client: pg.Client, connected: Promise<unknown> }} Open */

/** A connection of the application's own, beside that of the elections. Made anew when it is lost, or leads elsewhere. */
export class OwnConnection {
  #url;
  /** @type {Open | undefined} */
  #open;

  /** @param {() => string} url of the server at this moment */
  constructor(url) {
    this.#url = url;
  }

  /** @param {string} text @param {unknown[]} values */
  async query(text, values) {
    const open = this.#current();
    try {
      await open.connected;
      return await open.client.query(text, values);
    } catch (error) {
      // A statement that was refused says nothing against the connection, but another is made in milliseconds.
      this.#drop(open);
      throw error;
    }
  }

  #current() {
    const url = this.#url();
    if (this.#open && this.#open.url !== url) this.#drop(this.#open);
    if (!this.#open) {
      const client = new pg.Client({
        connectionString: url,
        application_name: 'chaos job',
        connectionTimeoutMillis: PATIENCE,
        query_timeout: PATIENCE,
      });
      const open = { url, client, connected: client.connect() };
      this.#open = open;
      client.on('error', () => this.#drop(open));
    }
    return this.#open;
  }

  /** @param {Open} open */
  #drop(open) {
    if (this.#open === open) this.#open = undefined;
    open.client.end().catch(() => {});
  }
}
