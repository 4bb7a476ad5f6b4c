import type { createElections, CreatedElections } from './core/create-elections.js';

/**
 * Replaces the database and the clock in an application under test (`nestjs-leader-election/testing`). Not provided in
 * other applications.
 *
 * @internal
 */
export abstract class TestBackend {
  /** Creates elections that use a replacement for the database. */
  abstract createElections(...parts: Parameters<typeof createElections>): CreatedElections;

  /**
   * Called when the elections have started. The start of the application waits for it.
   *
   * @param stop stops all of them, as a shutdown of the application does
   */
  abstract started(stop: () => Promise<void>): Promise<void>;
}
