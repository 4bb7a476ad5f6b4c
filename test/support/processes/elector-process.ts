import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach } from '@jest/globals';
import { compile } from '../../../tooling/build/compile-folders.mjs';
import { within } from '../timeline.js';

/** What a process reported, and when, by the machine's monotonic clock in milliseconds. */
export interface Report {
  readonly what:
    | 'started'
    | 'ran'
    | 'elected'
    | 'demoted'
    | 'follows'
    | 'acted'
    | 'looked'
    | 'due'
    | 'warning'
    | 'error'
    | 'ended';
  readonly at: number;
  readonly term?: string;
  readonly reason?: string;
  readonly message?: string;
  /** Of a look at the leader: when that had last shown life, in milliseconds of the wall clock. */
  readonly seen?: number;
}

/** The clock of the reports. */
export const monotonicNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** An elector in a process of its own. */
export class ElectorProcess {
  reports: Report[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #listeners = new Set<() => void>();

  constructor(script: string, library: string, options: object) {
    this.#child = fork(script, [library, JSON.stringify(options)], {
      execArgv: ['--unhandled-rejections=strict'],
    });
    this.#exit = once(this.#child, 'exit');
    this.#child.on('message', (report: Report) => {
      this.reports.push(report);
      for (const listener of this.#listeners) listener();
    });
  }

  /** The first report of this kind that came, or comes, after a moment. */
  report(what: Report['what'], after = -Infinity): Promise<Report> {
    return this.#first(what, ({ at }) => at > after);
  }

  /** Resolves when the server has shown it that the leader was alive after this moment of the wall clock. */
  async seesLeaderAfter(moment: number): Promise<void> {
    await this.#first('looked', ({ seen = -Infinity }) => seen > moment);
  }

  async #first(what: Report['what'], fits: (report: Report) => boolean): Promise<Report> {
    const find = () => this.reports.find((report) => report.what === what && fits(report));
    let listener: () => void;
    const coming = new Promise<Report>((resolve) => {
      listener = () => {
        const found = find();
        if (found) resolve(found);
      };
      this.#listeners.add(listener);
      listener();
    });
    return within(coming, () => {
      const seen = this.reports.map((report) => report.what).join(', ') || 'nothing';
      return `"${what}" was not reported; what was: ${seen}`;
    }).finally(() => this.#listeners.delete(listener));
  }

  /** Drops what was reported up to a moment. */
  forgetUntil(moment: number): void {
    this.reports = this.reports.filter(({ at }) => at > moment);
  }

  /** The last thing it said about leading. */
  get isLeader(): boolean {
    const changes = this.reports.filter(({ what }) => what === 'elected' || what === 'demoted');
    return changes.at(-1)?.what === 'elected';
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Changes when its job is due, which may be in the past. */
  async setDue(moment: number): Promise<void> {
    this.#child.send({ due: moment });
    await this.report('due');
  }

  /** Asks it to step down and end, and waits for that. */
  async stop(): Promise<void> {
    this.#child.send('stop');
    await this.#exit;
  }

  /** Ends it for certain. */
  async dispose(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }
}

/** Starts electors in processes of their own, which end with the test. */
export const electorProcesses = () => processesOf('./elector-child.mjs');

/** Starts Nest applications with one leader-only cron job in processes of their own, which end with the test. */
export const cronProcesses = () => processesOf('./cron-child.mjs');

async function processesOf(child: string): Promise<(options: object) => ElectorProcess> {
  const script = fileURLToPath(new URL(child, import.meta.url));
  const library = await compile('lib');
  const running: ElectorProcess[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((process) => process.dispose()));
  });
  afterAll(() => library.remove());
  return (options) => {
    const process = new ElectorProcess(script, join(library.directory, 'lib'), options);
    running.push(process);
    return process;
  };
}
