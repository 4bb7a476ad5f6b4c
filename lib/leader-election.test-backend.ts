import type { createElections, CreatedElections } from './core/create-elections.js';

/**
 * Takes the place of the database, and of time, in an application under test (`nestjs-leader-election/testing`). Other
 * applications have none.
 *
 * @internal
 */
export abstract class TestBackend {
  /** Joins the elections with what stands in for a database. */
  abstract createElections(...parts: Parameters<typeof createElections>): CreatedElections;

  /**
   * Is told that the elections have started; the start of the application waits for it.
   *
   * @param stop ends all of them, as a shutdown of the application does
   */
  abstract started(stop: () => Promise<void>): Promise<void>;
}
