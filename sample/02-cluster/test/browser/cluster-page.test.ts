import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContext } from 'playwright-core';
import { timings } from '../../src/timings.js';
import { Browser } from './chromium.js';
import { ClusterPage, DESKTOP, PHONE } from './cluster-page.js';
import { RunningSample } from './running-sample.js';

const browser = new Browser();
let context: BrowserContext;
beforeAll(async () => {
  context = await browser.open();
});
afterAll(() => browser.close());

let sample: RunningSample;
let cluster: ClusterPage;
beforeEach(async () => {
  sample = new RunningSample('sample/02-cluster/dist/main.js', [], { PORT: '0' });
  cluster = await ClusterPage.open(context, await sample.address());
});
afterEach(async () => {
  await cluster.page.close();
  await sample.interrupt();
});

describe('The page of the cluster', () => {
  it('shows who leads, without browser warnings and without anything from other servers', async () => {
    const leader = await cluster.settled();
    const { page, address } = cluster;
    expect(await page.locator('#headline').innerText()).toBe(`#${leader} leads`);
    expect(await page.locator('.card').count()).toBe(3);
    await cluster.told(`#${leader} leads in term`);
    // A heartbeat, a run of the job, and the lease ahead of now.
    for (const mark of ['.marks line', '.marks circle', '.projection rect']) {
      await page.locator(`#timeline ${mark}`).first().waitFor({ state: 'attached' });
    }
    expect(await page.locator('#overlaps').innerText()).toBe('Two leaders at once: never');
    expect(await cluster.namesakes()).toEqual([]);
    await cluster.pictures('leading');

    expect(cluster.complaints).toEqual([]);
    expect(cluster.requests.length).toBeGreaterThan(5);
    expect(cluster.requests.filter((url) => !url.startsWith(address))).toEqual([]);
    const { headers } = await fetchHeaders(address);
    expect(headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'",
    );
  });

  it('kills the leader, and shows the next one within a second, long before a lease could run out', async () => {
    const old = await cluster.settled();
    await cluster.press('Auto-restart');
    await cluster.told('Auto-restart is off');
    await cluster.press('Kill the leader');
    const next = await cluster.leader(old);
    await cluster.becomes(old, 'ended');
    await cluster.told(new RegExp(`#${next} leads in term \\d+, .* after #${old} was killed`));
    expect(inMilliseconds(await cluster.lastFailover('killed'))).toBeLessThan(1_000);
    await cluster.page.locator('.leader-names text', { hasText: `#${next}` }).waitFor();
    expect(await cluster.namesCoverBars()).toBe(true);
    await cluster.pictures('killed');

    await cluster.press(`Start #${old}`);
    // By now the third instance is the heir, or is about to be.
    await cluster.becomes(old, 'standby', 'heir');
    expect(await cluster.leader()).toBe(next);
  });

  it('starts a killed instance again by itself', async () => {
    const old = await cluster.settled();
    await cluster.press('Kill the leader');
    await cluster.card(old).getByText('Killed. Starts again in').waitFor();
    await cluster.becomes(old, 'standby', 'heir');
  });

  it('stops the leader, which hands over when its job is done', async () => {
    const old = await cluster.settled();
    await cluster.press('Stop the leader');
    await cluster.leader(old);
    await cluster.becomes(old, 'ended');
    await cluster.told(`#${old} has ended.`);
    await cluster.lastFailover('stopped');
  });

  it('shows how the lease of a frozen leader runs out, its successor, and its demotion after the thaw', async () => {
    const old = await cluster.settled();
    await cluster.press('Freeze the leader');
    await cluster.becomes(old, 'frozen');
    const lease = cluster.card(old).getByRole('meter');
    await lease.getByText('may act for').waitFor();
    await cluster.page.locator('#headline').filter({ hasText: 'No leader' }).waitFor();
    expect(await cluster.namesakes()).toEqual([]);
    for (const fault of ['.conditions rect[data-kind="frozen"]', '.gaps rect']) {
      expect(await cluster.haveSameFill(`.legend ${fault}`, `#timeline ${fault}`)).toBe(true);
    }
    await cluster.pictures('frozen');
    await cluster.page
      .locator('#now [data-stage="unconfirmed"], #now[data-tone="good"]')
      .first()
      .waitFor();

    const next = await cluster.leader(old);
    await cluster
      .card(old)
      .getByText(`Still considers itself the leader, but #${next} leads`)
      .waitFor();
    expect(await cluster.card(old).locator('.may-act').innerText()).toBe('may not act');
    await cluster.pictures('taken-over');
    const failover = inMilliseconds(await cluster.lastFailover('frozen'));
    expect(failover).toBeGreaterThan(timings.leaseDuration - timings.heartbeatInterval - 500);

    await cluster.press(`Thaw #${old}`);
    await cluster.told(`#${old} finds itself demoted`);
    await cluster.page
      .locator(`.card[data-instance="${old}"]:not([data-state="frozen"])`)
      .waitFor();
    expect(await cluster.page.locator('#overlaps').innerText()).toBe('Two leaders at once: never');
    await cluster.pictures('thawed');
  });

  it('lets a leader that is thawed in time go on leading', async () => {
    const leader = await cluster.settled();
    await cluster.press('Freeze the leader');
    await cluster.becomes(leader, 'frozen');
    await cluster.press(`Thaw #${leader}`);
    await cluster.becomes(leader, 'leader');
  });

  it('cuts off the leader, which then stops acting by itself, and reconnects it', async () => {
    const old = await cluster.settled();
    await cluster.press('Cut off the leader');
    await cluster.becomes(old, 'cut off');
    await cluster.page.locator('#headline').filter({ hasText: 'leads, but is cut off' }).waitFor();
    await cluster.pictures('cut-off');
    await cluster.told(`#${old} may not act`);
    await cluster.page.locator('#now[data-tone="bad"]').waitFor();
    await cluster.page.locator('#now [data-stage="unconfirmed"]').waitFor();
    await cluster.leader(old);
    await cluster.lastFailover('cut off');
    await cluster.pictures('cut-off-taken-over');
    await cluster.press(`Reconnect #${old}`);
    await cluster.page
      .locator(`.card[data-instance="${old}"]:not([data-state="cut off"])`)
      .waitFor();
  });

  it('restarts PostgreSQL, after which an instance leads again', async () => {
    await cluster.settled();
    await cluster.press('Restart PostgreSQL');
    await cluster.told('PostgreSQL restarts');
    await cluster.page.locator('#now[data-tone="bad"]').waitFor();
    await cluster.pictures('restarted');
    await cluster.told('PostgreSQL is back');
    await cluster.leader();
    await cluster.lastFailover('PostgreSQL restarted');
    await cluster.told('after the restart of PostgreSQL ended');
  });

  it('says which instance starts again when none is left', async () => {
    await cluster.settled();
    for (const button of ['Kill #1', 'Stop #2', 'Freeze #3']) await cluster.press(button);
    await cluster.page
      .locator('#explanation')
      .filter({ hasText: /^No instance can lead: .* starts again in/ })
      .waitFor();
    expect(await cluster.pillsFit()).toBe(true);
    await cluster.pictures('none-left');
    await cluster.leader('3');
    await cluster.page.getByText('Not counted: one gap').waitFor();
  });

  it('adds an instance, and removes one', async () => {
    const leader = await cluster.settled();
    await cluster.press('Add an instance');
    await cluster.becomes('4', 'standby');
    expect(await cluster.leader()).toBe(leader);
    await cluster.pictures('added');
    for (const number of ['5', '6', '7']) {
      await cluster.press('Add an instance');
      await cluster.card(number).waitFor();
    }
    await cluster.button('Add an instance').getByText('7 at most').waitFor();
    await cluster.pictures('full');
    for (const number of ['5', '6', '7']) await cluster.press(`Remove #${number}`);
    await cluster.press('Remove #4');
    for (const number of ['4', '5', '6', '7']) {
      await cluster.card(number).waitFor({ state: 'detached' });
    }
    expect(await cluster.page.locator('.card').count()).toBe(3);
  });

  it('can be used with the keyboard alone, which keeps its place', async () => {
    const old = await cluster.settled();
    const focused = () =>
      cluster.page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? ""');
    for (let presses = 0; (await focused()) !== 'Kill the leader'; presses += 1) {
      expect(presses).toBeLessThan(10);
      await cluster.page.keyboard.press('Tab');
    }
    await cluster.page.screenshot({ path: 'reports/browser/focus.png' });
    await cluster.page.keyboard.press('Enter');
    await cluster.leader(old);
    expect(await focused()).toBe('Kill the leader');
    // Screen readers read out what happened.
    await cluster.page.locator('#announcer').filter({ hasText: 'leads in term' }).waitFor({
      state: 'attached',
    });
  });

  it('shows everything at once on a desktop', async () => {
    await cluster.settled();
    for (const section of ['#now', '#timeline', '#instances', '#failovers', '#story']) {
      const box = await cluster.page.locator(section).boundingBox();
      expect(box && box.y + box.height).toBeLessThanOrEqual(DESKTOP.height);
    }
    const labels = cluster.page.locator('#leader-lease .lease-label');
    const [one, other] = await Promise.all([0, 1].map((index) => labels.nth(index).boundingBox()));
    expect(one?.y).toBe(other?.y);
  });

  it('fits on a phone', async () => {
    await cluster.page.setViewportSize(PHONE);
    await cluster.settled();
    for (const width of [320, PHONE.width]) {
      await cluster.page.setViewportSize({ ...PHONE, width });
      await cluster.page.locator(`#timeline svg[width="${width - 50}"]`).waitFor();
      const wide = await cluster.page.evaluate<number>('document.documentElement.scrollWidth');
      expect(wide).toBe(width);
    }
  });

  it('says so when the application has ended', async () => {
    await cluster.settled();
    expect(await sample.interrupt()).toBe(null);
    await cluster.page.locator('body[data-connected="false"]').waitFor();
    await cluster.pictures('ended');
    // The last drawing fits on a page that has become narrower since.
    await cluster.page.setViewportSize(PHONE);
    expect(await cluster.page.evaluate<number>('document.documentElement.scrollWidth')).toBe(
      PHONE.width,
    );
  });
});

async function fetchHeaders(address: string): Promise<Response> {
  const response = await fetch(address, { headers: { connection: 'close' } });
  await response.text();
  return response;
}

/** Reads a string such as `34 ms` or `4.6 s`. */
function inMilliseconds(text: string): number {
  const [number = '', unit] = text.split(/\s/);
  return Number(number) * (unit === 's' ? 1_000 : 1);
}
