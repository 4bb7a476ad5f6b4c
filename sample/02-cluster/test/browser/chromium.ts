import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

/** A browser with a profile of its own, and what a viewer has set in it. */
export class Browser {
  #profile = '';
  #context: BrowserContext | undefined;

  async open(): Promise<BrowserContext> {
    this.#profile = await mkdtemp(join(tmpdir(), 'chromium-'));
    this.#context = await chromium.launchPersistentContext(this.#profile, {
      executablePath: '/usr/bin/chromium',
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    return this.#context;
  }

  async close(): Promise<void> {
    await this.#context?.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
