// Asks two instances for everything that is leader-only: the leader answers and the standby refuses, also after they have changed
// places. Ends by itself, when nothing is left to do.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import type { Answer, Driver } from './driver.js';
import { filter, firstValueFrom } from 'rxjs';
import { faults, startInstance, type Instance } from './instance.js';
import { engine, type Events } from './resolvers.js';

/** Which the leader answers with its term. */
const leaderOnly = {
  byQuery: '{ answer: byQuery }',
  byMutation: 'mutation { answer: byMutation }',
  byGuard: '{ answer: byGuard }',
  term: '{ answer: byService }',
  byField: '{ report { answer: byField } }',
  byFieldOf: '{ report { answer: byFieldOf } }',
  ofClass: '{ answer: ofClass }',
  ofClassToo: 'mutation { answer: ofClassToo }',
  fieldOfClass: '{ invoice { answer: fieldOfClass } }',
  perRequest: '{ answer: perRequest }',
};

const subscriptions = {
  bySubscription: 'subscription { bySubscription }',
  events: 'subscription { events }',
  selected: 'subscription { selected }',
};

async function main() {
  const name = String(process.env['DRIVER']);
  const { driver } = (await import(`./drivers/${name}.js`)) as { driver: Driver };
  const first = await startInstance('first', driver, false);
  await first.election.whenLeader();
  const second = await startInstance('second', driver, true);
  await hasHeardOf(second, first);

  await answers(first);
  await refuses(second, first);
  await endsSubscriptions(first);
  await second.election.whenLeader();
  await hasHeardOf(first, second);
  await answers(second);
  await refuses(first, second);

  await second.close();
  await first.close();
  assert.deepEqual(faults, []);
  console.log(`${name}: the leader answered, the standby refused`);
}

/** Everything, as the leader. */
async function answers({ election, ask }: Instance) {
  const { term } = await election.whenLeader();
  assert.deepEqual(await ask('{ isLeader report { isFromLeader } }'), {
    status: 200,
    data: { isLeader: true, report: { isFromLeader: true } },
  });
  for (const query of Object.values(leaderOnly)) {
    const { data, errors } = await ask(query);
    assert.equal(errors, undefined, `${query}: ${JSON.stringify(errors)}`);
    assert.match(JSON.stringify(data), new RegExp(`"answer":"${term}"`), query);
  }
}

/** Everything, with the facts of the leader. */
async function refuses({ ask, subscribe }: Instance, leader: Instance) {
  assert.deepEqual(await ask('{ isLeader report { isFromLeader } }'), {
    status: 200,
    data: { isLeader: false, report: { isFromLeader: false } },
  });
  for (const [method, query] of Object.entries(leaderOnly)) {
    const { status, errors } = await ask(query);
    assert.notEqual(status, 500);
    isRefusal(errors, method, leader);
  }
  for (const [method, query] of Object.entries(subscriptions)) {
    const subscription = subscribe(query);
    isRefusal(await errorsOf(subscription.next()), method, leader);
  }
}

/** Some drivers end a subscription with errors; others tell the errors of one that could not begin. */
async function errorsOf(next: Promise<IteratorResult<Answer>>): Promise<Answer['errors']> {
  try {
    const { value } = await next;
    return (value as Answer | undefined)?.errors;
  } catch (error) {
    return error as Answer['errors'];
  }
}

function isRefusal(errors: Answer['errors'], method: string, leader?: Instance) {
  assert.ok(Array.isArray(errors), `${method} is not refused: ${String(errors)}`);
  const [error, ...others] = errors;
  assert.deepEqual(others, []);
  assert.match(
    error.message,
    new RegExp(`\\.${method}\\(\\) runs only on the leader of "default"`),
  );
  const status = leader?.election.status();
  assert.deepEqual(error.extensions, {
    code: 'SERVICE_UNAVAILABLE',
    election: 'default',
    ...(leader && {
      leader: {
        instanceId: leader.name,
        term: String(status?.leader?.term),
        since: status?.leader?.since?.toISOString(),
        address: `http://${leader.name}`,
      },
    }),
  });
}

/** With the leadership, or when the client leaves. */
async function endsSubscriptions({ election, subscribe }: Instance) {
  const { term } = await election.whenLeader();
  const generated = subscribe(subscriptions.bySubscription);
  for (let count = 0; count < 2; count += 1)
    assert.deepEqual(await dataOf(generated.next()), { bySubscription: String(term) });
  const events = await listenTo('events', subscribe);
  const selected = await listenTo('selected', subscribe);
  for (const event of ['for others', 'for you'])
    engine.emit('events', { events: event, selected: event } satisfies Events);
  assert.deepEqual(await dataOf(events.next), { events: 'for others' });
  assert.deepEqual(await dataOf(selected.next), { selected: 'for you' });

  const other = await listenTo('events', subscribe);
  const left = onEngine('removeListener');
  await other.subscription.return?.();
  await left;

  const ended = [
    errorsOf(generated.next()),
    // The second event.
    dataOf(events.subscription.next()).then(() => errorsOf(events.subscription.next())),
    errorsOf(selected.subscription.next()),
  ];
  const isOver = once(engine, 'generatorIsOver');
  await election.resign();
  for (const [index, method] of Object.keys(subscriptions).entries())
    isRefusal(await ended[index], method);
  await isOver;
  assert.equal(engine.listenerCount('events'), 0);
}

/** Resolves when the engine has heard of it. */
async function listenTo(name: 'events' | 'selected', subscribe: Instance['subscribe']) {
  const heard = onEngine('newListener');
  const subscription = subscribe(subscriptions[name]);
  const next = subscription.next();
  await heard;
  return { subscription, next };
}

/** Resolves when somebody begins or ceases to listen to its events. */
async function onEngine(change: 'newListener' | 'removeListener') {
  for await (const [event] of on(engine, change)) if (event === 'events') return;
}

async function dataOf(next: Promise<IteratorResult<Answer>>) {
  const { value } = await next;
  const { data, errors } = value as Answer;
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

async function hasHeardOf({ election }: Instance, { name }: Instance) {
  await firstValueFrom(election.leader$.pipe(filter((leader) => leader?.instanceId === name)));
}

void main();
