import { describe, expect, it } from '@jest/globals';
import { StatementCounter } from './statement-counter.mjs';

describe('the statements of a connection', () => {
  const message = (type: string, body: string) => {
    const head = Buffer.alloc(5, type);
    head.writeUInt32BE(4 + body.length, 1);
    return Buffer.concat([head, Buffer.from(body)]);
  };
  const startup = Buffer.concat([Buffer.from([0, 0, 0, 8]), Buffer.from('QQQQ')]);
  const stream = Buffer.concat([
    startup,
    message('Q', 'SELECT 1\0'),
    message('P', 'E'.repeat(300)),
    message('E', '\0\0\0\0\0'),
    message('S', ''),
    message('Q', '\0'),
  ]);

  it.each([1, 3, 7, stream.length])('are counted in pieces of %d bytes', (size) => {
    let statements = 0;
    const counter = new StatementCounter(() => (statements += 1));
    for (let at = 0; at < stream.length; at += size) counter.take(stream.subarray(at, at + size));
    expect(statements).toBe(3);
  });
});
