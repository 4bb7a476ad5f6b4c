/** A session that anyone may have who can connect to the database. */
export interface Stranger {
  /** The process of the server that serves it. */
  readonly pid: number;
  /** Whether its role is that of the instances: somebody who operates them. */
  readonly trusted: boolean;
}
