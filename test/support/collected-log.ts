import type { LoggerService } from '@nestjs/common';

type Level = 'log' | 'warn' | 'error' | 'debug' | 'verbose' | 'fatal';

interface LogEntry {
  readonly level: Level;
  readonly message: string;
  /** Whatever came with it: the stack, Nest's context. */
  readonly rest: readonly unknown[];
}

/** Takes what applications log. Nest has one logger for a whole process, so all applications of a test share it. */
class CollectedLog implements LoggerService {
  #entries: LogEntry[] = [];

  readonly log = this.#taker('log');
  readonly warn = this.#taker('warn');
  readonly error = this.#taker('error');
  readonly debug = this.#taker('debug');
  readonly verbose = this.#taker('verbose');
  readonly fatal = this.#taker('fatal');

  get errors(): readonly LogEntry[] {
    return this.#of('error', 'fatal');
  }

  get warnings(): readonly LogEntry[] {
    return this.#of('warn');
  }

  /** Everything, as one text. */
  get text(): string {
    return this.#entries.map(({ message, rest }) => [message, ...rest].join(' ')).join('\n');
  }

  clear(): void {
    this.#entries = [];
  }

  #of(...levels: Level[]): LogEntry[] {
    return this.#entries.filter(({ level }) => levels.includes(level));
  }

  #taker(level: Level) {
    return (message: unknown, ...rest: unknown[]) => {
      const text = message instanceof Error ? `${message.name}: ${message.message}` : message;
      this.#entries.push({ level, message: String(text), rest });
    };
  }
}

/** Of the running test; emptied after each, when its applications are closed. */
export const log = new CollectedLog();
