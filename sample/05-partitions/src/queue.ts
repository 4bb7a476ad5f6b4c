import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { partitions, type Leadership } from 'nestjs-leader-election';
import pg from 'pg';

/** All jobs of a customer are in one partition, so they are done one after the other. */
export const jobs = partitions('jobs', 12);

/** `partition_of()` is the same hash as `jobs.of()`, for the index and the query (docs/partitions.md). */
const SCHEMA = `
  BEGIN;
  -- Instances that start at the same time wait for each other here.
  SELECT pg_advisory_xact_lock(${0x5a3d_0005});
  CREATE OR REPLACE FUNCTION partition_of(key text, count integer) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ('x' || left(encode(sha256(convert_to(key, 'UTF8')), 'hex'), 8))::bit(32)::bigint % count;
  CREATE TABLE IF NOT EXISTS queue_job (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer text NOT NULL,
    done_by text,
    done_in_term bigint
  );
  CREATE INDEX IF NOT EXISTS queue_job_to_do ON queue_job (partition_of(customer, ${jobs.count}), id)
    WHERE done_by IS NULL;
  CREATE TABLE IF NOT EXISTS queue_partition (partition integer PRIMARY KEY, term bigint NOT NULL);
  COMMIT;
`;

/** Locks the row of the partition until the transaction ends. Affects no row if a later leader has written it. */
const FENCE = `
  INSERT INTO queue_partition AS seen (partition, term) VALUES ($1, $2)
  ON CONFLICT (partition) DO UPDATE SET term = excluded.term WHERE seen.term <= excluded.term
`;

const NEXT = `
  SELECT id, customer FROM queue_job
  WHERE partition_of(customer, ${jobs.count}) = $1 AND done_by IS NULL ORDER BY id LIMIT 1
`;

export interface Job {
  readonly id: number;
  readonly customer: string;
}

/** A queue in a table. Each instance takes only the jobs of its own partitions. */
@Injectable()
export class Queue implements OnModuleInit, OnApplicationShutdown {
  private readonly pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 });

  async onModuleInit(): Promise<void> {
    // The pool replaces a connection that the server has ended.
    this.pool.on('error', () => undefined);
    await this.pool.query(SCHEMA);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }

  async add(customer: string): Promise<void> {
    await this.pool.query('INSERT INTO queue_job (customer) VALUES ($1)', [customer]);
  }

  /**
   * Does the next job of a partition, in a transaction that only its latest leader can commit.
   *
   * @returns false if there is no job, or if another instance has led the partition since
   */
  async doNext(
    { partition, term }: Leadership,
    instanceId: string,
    work: (job: Job) => Promise<void>,
  ): Promise<boolean> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const isLatest = (await client.query(FENCE, [partition, term])).rowCount === 1;
      const [job] = isLatest ? (await client.query<Job>(NEXT, [partition])).rows : [];
      if (job) {
        await work(job);
        await client.query('UPDATE queue_job SET done_by = $2, done_in_term = $3 WHERE id = $1', [
          job.id,
          instanceId,
          term,
        ]);
      }
      await client.query('COMMIT');
      return job !== undefined;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }
}
