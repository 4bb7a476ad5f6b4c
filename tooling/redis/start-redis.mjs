// A Redis of our own on loopback, which keeps nothing.
import { spawn } from 'node:child_process';
import { freePort } from '../embedded-postgres/free-port.mjs';

/** @returns {Promise<{ host: string, port: number, version: string, stop: () => Promise<void> } | undefined>} undefined: the program is not there */
export async function startRedis() {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // Not `once`: it rejects where the program is not there, before anybody awaits it.
  const exit = new Promise((resolve) => child.once('close', resolve));
  let log = '';
  const ready = new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    child.stdout.on('data', (chunk) => {
      log += chunk;
      if (log.includes('Ready to accept connections')) resolve(true);
    });
  });
  if (!(await ready)) return undefined;
  return {
    host: '127.0.0.1',
    port,
    version: /Redis version=([\d.]+)/.exec(log)?.[1] ?? 'unknown',
    stop: async () => {
      child.kill();
      await exit;
    },
  };
}
