import { byId, setText } from './dom.js';

/** Asks the application to do something, and shows the reason if it refuses. */
export async function act(path: string): Promise<void> {
  const refusal = byId('refusal');
  setText(refusal, '');
  try {
    const response = await fetch(path, { method: 'POST' });
    if (response.ok) return;
    const { message } = (await response.json()) as { message: string };
    setText(refusal, message);
  } catch {
    setText(refusal, 'The application does not answer.');
  }
}
