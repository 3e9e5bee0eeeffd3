/** The thread's end of thread.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadMessage } from './thread.ts';

/** Answers the one request this thread was made for. */
export const answerRequest = async <Request, Answer>(
  make: (request: Request) => Answer | Promise<Answer>,
): Promise<void> => {
  let message: ThreadMessage<Answer>;
  try {
    message = { answer: await make(workerData as Request) };
  } catch (error) {
    message = { error: (error as Error).message };
  }
  parentPort!.postMessage(message);
};
