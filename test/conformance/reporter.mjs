// Prints a line for every test, why it failed, how long a file took, and as the
// last line "N passed, N failed". node itself sets the exit code.
import { inspect } from 'node:util';

export default async function* report(source) {
    let passed = 0;
    let failed = 0;
    for await (const { type, data } of source) {
        if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
        // A file and a suite are no tests of their own, unless they fail by themselves.
        const own = data.details?.type !== 'suite' && !data.name?.endsWith('.test.mjs');
        if (data.name?.endsWith('.test.mjs') && data.details) {
            yield `     ${data.name.split('/').pop()}: ${Math.round(data.details.duration_ms / 1000)} s\n`;
        }
        if (type === 'test:pass' && own) {
            passed++;
            yield `ok   ${data.name}\n`;
        }
        if (type === 'test:fail' && (own || data.details.error.failureType !== 'subtestsFailed')) {
            failed++;
            yield `FAIL ${data.name}\n${inspect(data.details.error.cause ?? data.details.error)}\n`;
        }
    }
    yield `${passed} passed, ${failed} failed\n`;
}
