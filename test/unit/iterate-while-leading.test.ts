import { EventEmitter, on } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { TermLeadership } from '../../lib/core/election/term.js';
import { iterateWhileLeading } from '../../lib/requests/iterate-while-leading.js';
import { log } from '../support/collected-log.js';
import { eventually } from '../support/timeline.js';

const REFUSAL = new Error('no leader');

/** A leadership, and an engine that tells a subscription of events, as long as somebody listens. */
function subscribed() {
  const leadership = new TermLeadership('default', 1n, new Date(0), () =>
    Promise.reject(new Error('No database here')),
  );
  const engine = new EventEmitter();
  const iterate = (source: unknown) =>
    iterateWhileLeading(
      source,
      leadership,
      'Tests.events',
      () => REFUSAL,
    ) as AsyncIterableIterator<unknown>;
  return {
    engine,
    iterate,
    subscription: iterate(on(engine, 'event')),
    lose: () => {
      leadership.end('resigned');
    },
  };
}

describe('a subscription of a leader-only resolver', () => {
  it('tells what its source tells', async () => {
    const { engine, subscription } = subscribed();
    engine.emit('event', 'first');
    const first = await subscription.next();
    const second = subscription.next();
    engine.emit('event', 'second');

    expect([first, await second]).toEqual([
      { done: false, value: ['first'] },
      { done: false, value: ['second'] },
    ]);
  });

  it('refuses whoever waits, leaves its source, and refuses from then on', async () => {
    const { engine, subscription, lose } = subscribed();
    const waiting = subscription.next();

    lose();

    await expect(waiting).rejects.toBe(REFUSAL);
    expect(engine.listenerCount('event')).toBe(0);
    await expect(subscription.next()).rejects.toBe(REFUSAL);
    expect(await subscription.return?.()).toEqual({ done: true, value: undefined });
  });

  it('leaves its source with the leadership although nobody waits', () => {
    const { engine, lose } = subscribed();

    lose();

    expect(engine.listenerCount('event')).toBe(0);
  });

  it('has no value of a leadership that ended before', async () => {
    const { engine, iterate, lose } = subscribed();
    lose();
    const late = iterate(on(engine, 'event'));
    engine.emit('event', 'late');

    await expect(late.next()).rejects.toBe(REFUSAL);
    expect(engine.listenerCount('event')).toBe(0);
  });

  it('is left by a client that does not wait for the next value of a source', async () => {
    const { engine, subscription } = subscribed();
    const waiting = subscription.next();

    await subscription.return?.();

    expect(engine.listenerCount('event')).toBe(0);
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('ends and fails as its source does', async () => {
    const { iterate } = subscribed();
    const failure = new Error('expected');
    async function* failing() {
      yield 1;
      throw failure;
    }
    async function* ending() {
      yield 1;
    }

    const failed = iterate(failing());
    await failed.next();
    await expect(failed.next()).rejects.toBe(failure);
    const ended = iterate(ending());
    await ended.next();
    expect(await ended.next()).toEqual({ done: true, value: undefined });
  });

  it('logs what its source throws when it is left with the leadership', async () => {
    const { iterate, lose } = subscribed();
    Logger.overrideLogger(log);
    iterate({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => Promise.reject(new Error('the source is broken')),
      }),
    });

    lose();

    await eventually(() => log.text.includes('Tests.events failed: Error: the source is broken'));
  });

  it('is nothing else than what the resolver returned, where that is no iterator', () => {
    const { iterate } = subscribed();

    expect(iterate('a mistake')).toBe('a mistake');
    expect(iterate(null)).toBeNull();
  });
});
