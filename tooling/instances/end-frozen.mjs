// Cleans up after a starter that froze an instance: a frozen process does not notice that its
// starter has ended. node end-frozen.mjs <pid>
import { parentGone } from '../process-lifetime/clean-up-after-exit.mjs';

await parentGone();
try {
  process.kill(Number(process.argv[2]), 'SIGKILL');
} catch {
  // It has ended by itself.
}
