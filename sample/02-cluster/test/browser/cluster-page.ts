import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Locator, Page } from 'playwright-core';

const reports = fileURLToPath(new URL('../../../../reports/browser/', import.meta.url));

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** What a viewer sees and does. */
export class ClusterPage {
  /** What the browser complained about. */
  readonly complaints: string[] = [];
  /** The URLs of everything that the page requested. */
  readonly requests: string[] = [];

  constructor(
    readonly page: Page,
    readonly address: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('request', (request) => this.requests.push(request.url()));
    // The machine may be busy: the only limit to a wait is the test's own.
    page.setDefaultTimeout(60_000);
  }

  static async open(context: BrowserContext, address: string): Promise<ClusterPage> {
    const cluster = new ClusterPage(await context.newPage(), address);
    await cluster.page.setViewportSize(DESKTOP);
    await cluster.page.goto(address);
    return cluster;
  }

  /** Waits until there are a leader and an heir, and resolves with the leader's number. */
  async settled(): Promise<string> {
    await this.inState('heir').first().waitFor();
    return this.leader();
  }

  /** Waits until an instance other than these leads, and resolves with its number. */
  async leader(...others: string[]): Promise<string> {
    const not = others.map((other) => `:not([data-instance="${other}"])`).join('');
    const card = this.page.locator(`.card[data-state="leader"]${not}`);
    await card.waitFor();
    return (await card.getAttribute('data-instance')) ?? '';
  }

  card(instance: string): Locator {
    return this.page.locator(`.card[data-instance="${instance}"]`);
  }

  inState(state: string): Locator {
    return this.page.locator(`.card[data-state="${state}"]`);
  }

  /** Waits until an instance is in one of these states. */
  async becomes(instance: string, ...states: string[]): Promise<void> {
    const selectors = states.map(
      (state) => `.card[data-instance="${instance}"][data-state="${state}"]`,
    );
    await this.page.locator(selectors.join(', ')).waitFor();
  }

  /** The button with this name, such as `Kill the leader`. */
  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async press(name: string): Promise<void> {
    await this.button(name).click();
  }

  /** The names of all buttons that another one has as well. */
  async namesakes(): Promise<string[]> {
    const names = await this.page.evaluate<string[]>(
      '[...document.querySelectorAll("button")].map((one) => one.ariaLabel)',
    );
    return names.filter((name, index) => names.indexOf(name) < index);
  }

  /** Whether all elements that one selector finds and all that another one finds are filled in the same way. */
  async haveSameFill(one: string, other: string): Promise<boolean> {
    const [fills = [], others = []] = await Promise.all(
      [one, other].map((selector) =>
        this.page.evaluate<string[]>(
          `[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => getComputedStyle(one).fill)`,
        ),
      ),
    );
    return fills.length > 0 && others.length > 0 && new Set([...fills, ...others]).size === 1;
  }

  /** Waits for a sentence under "What happened". */
  async told(text: string | RegExp): Promise<void> {
    await this.page.locator('#story li').filter({ hasText: text }).first().waitFor();
  }

  /** The last time without a leader, by its cause. */
  async lastFailover(cause: string): Promise<string> {
    const figure = this.page.locator(`[data-cause="${cause}"] .figure`).filter({ hasText: /\d/ });
    return figure.innerText();
  }

  /** Whether every name is drawn after every bar, so that no bar covers it once others have left the chart. */
  async namesCoverBars(): Promise<boolean> {
    return this.page.evaluate<boolean>(`(() => {
      const bars = [...document.querySelectorAll('#timeline .leader rect')];
      const names = [...document.querySelectorAll('#timeline .leader-names text')];
      const follows = (name) => (bar) => bar.compareDocumentPosition(name) === Node.DOCUMENT_POSITION_FOLLOWING;
      return bars.length > 1 && names.length > 0 && names.every((name) => bars.every(follows(name)));
    })()`);
  }

  /** Whether the times of all gaps fit into their pills, and none of those crosses the line at now. */
  async pillsFit(): Promise<boolean> {
    return this.page.evaluate<boolean>(`(() => {
      const box = (one) => one.getBoundingClientRect();
      const now = box(document.querySelector('.now-line line'));
      const pills = [...document.querySelectorAll('.gap-times g')];
      return pills.length > 0 && pills.every((pill) => {
        const [outside, inside] = [box(pill.querySelector('rect')), box(pill.querySelector('text'))];
        return outside.left <= inside.left && inside.right <= outside.right && outside.right <= now.left;
      });
    })()`);
  }

  /** Takes pictures of the page: light and dark, on a desktop and on a phone. */
  async pictures(name: string): Promise<void> {
    await mkdir(reports, { recursive: true });
    for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      await this.page.setViewportSize(viewport);
      for (const colorScheme of ['light', 'dark'] as const) {
        await this.page.emulateMedia({ colorScheme });
        const path = join(reports, `${name}-${size}-${colorScheme}.png`);
        await this.page.screenshot({ path, fullPage: true });
      }
    }
    await this.page.setViewportSize(DESKTOP);
    await this.page.emulateMedia({ colorScheme: 'light' });
  }
}
