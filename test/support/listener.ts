import { afterEach } from '@jest/globals';
import pg from 'pg';

const listening: Listener[] = [];
afterEach(async () => {
  await Promise.all(listening.splice(0).map((one) => one.close()));
});

/** A client of the database's own protocol, which hears and says what anybody can. */
export class Listener {
  readonly heard: {
    readonly channel: string;
    readonly payload: string;
    readonly sender: number;
  }[] = [];
  readonly #client: pg.Client;

  constructor(url: string) {
    this.#client = new pg.Client({ connectionString: url, application_name: 'listener' });
    this.#client.on('notification', ({ channel, payload = '', processId }) => {
      this.heard.push({ channel, payload, sender: processId });
    });
  }

  async open(channels: readonly string[]): Promise<this> {
    await this.#client.connect();
    for (const channel of channels) await this.#client.query(`LISTEN ${channel}`);
    return this;
  }

  /** Sends what may be anything; all in one transaction, and none twice, since the server would drop it. */
  async send(channel: string, payloads: readonly string[]): Promise<void> {
    await this.#client.query('SELECT pg_notify($1, p) FROM unnest($2::text[]) p', [
      channel,
      payloads,
    ]);
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]> {
    return (await this.#client.query<Row>(sql, values)).rows;
  }

  on(channel: string): string[] {
    return this.heard.filter((one) => one.channel === channel).map(({ payload }) => payload);
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

/** Hears these channels until the end of the test. */
export async function listener(url: string, channels: readonly string[] = []): Promise<Listener> {
  const one = await new Listener(url).open(channels);
  listening.push(one);
  return one;
}
