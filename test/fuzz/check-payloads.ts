import fc from 'fast-check';
import { parseReport } from '../../lib/core/postgres/instance-report-codec.js';
import {
  formatAnnouncement,
  parseAnnouncement,
} from '../../lib/core/postgres/announcement-codec.js';
import { ListeningInstance } from './listening-instance.js';
import { payload } from './payloads.js';

/** So many payloads are heard in a second of virtual time: ten times as many as a flooding role has sent (test/flood). */
const EACH_SECOND = 20_000;

/** What may be sent in a virtual second at the most, whatever is heard: each kind of statement a few times. */
const MOST_STATEMENTS = 60;
/** What an instance has set in calm times, and what hints make it set. */
const MOST_TIMERS = 40;

export interface Outcome {
  readonly heard: number;
  readonly understood: number;
  readonly reports: number;
  /** Bytes of the heap, each time after a collection, where the process may collect. */
  readonly heaps: readonly number[];
}

/**
 * Lets an instance hear payloads.
 *
 * @param onProgress called every now and then
 * @throws when a rule is broken; an exception of the library passes as it is
 */
export async function checkPayloads(
  { count, seed }: { readonly count: number; readonly seed: number },
  onProgress: (heard: number) => void = () => undefined,
): Promise<Outcome> {
  const instance = new ListeningInstance(seed);
  await instance.pass(10_000);
  const heaps: number[] = [];
  let [heard, understood, reports] = [0, 0, 0];
  while (heard < count) {
    const batch = Math.min(EACH_SECOND, count - heard);
    for (const text of fc.sample(payload, { numRuns: batch, seed: seed + heard })) {
      if (hear(instance, text)) understood += 1;
      if (parseReport(text)) reports += 1;
    }
    heard += batch;
    const sent = await instance.pass(1_000);
    expect(sent <= MOST_STATEMENTS, `It has sent ${sent} statements in a second`);
    expect(instance.timers <= MOST_TIMERS, `It has set ${instance.timers} timers`);
    const complaint = await instance.complaint();
    expect(complaint === undefined, String(complaint));
    globalThis.gc?.();
    heaps.push(process.memoryUsage().heapUsed);
    onProgress(heard);
  }
  await instance.stop();
  expect(instance.timers === 0, 'It left a timer behind');
  return { heard, understood, reports, heaps };
}

function hear(instance: ListeningInstance, text: string): boolean {
  try {
    const announcement = parseAnnouncement(text);
    if (announcement) {
      const again = parseAnnouncement(formatAnnouncement(announcement));
      expect(again !== undefined, 'It does not understand what it has understood');
      instance.hear(announcement);
    }
    return announcement !== undefined;
  } catch (error) {
    throw new Error(`Hearing ${JSON.stringify(text)}`, { cause: error });
  }
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
