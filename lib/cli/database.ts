import type { ClientConfig } from 'pg';
import type { Pooler } from '../core/postgres/preflight.js';

/** Which database a command is for, and how it is reached. */
export interface Database {
  readonly config: ClientConfig;
  readonly pooler: Pooler | undefined;
}
