import { writeFileSync } from 'node:fs';

/** A reporter of jest that ends the run at the first test that fails, and writes its name down: the others say nothing more. */
export default class FirstFailure {
  /** @param {unknown} _test @param {{ status: string, fullName: string }} result */
  onTestCaseResult(_test, { status, fullName }) {
    if (status !== 'failed') return;
    writeFileSync(String(process.env['FIRST_FAILURE']), fullName);
    process.exit(1);
  }

  /** @param {unknown} _test @param {{ testExecError?: { message: string }, failureMessage?: string | null }} result */
  onTestResult(_test, { testExecError, failureMessage }) {
    if (testExecError) console.error(failureMessage ?? testExecError.message);
  }
}
