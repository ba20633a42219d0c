// How fast a store is exported, against a loop of getRecord with Apify's own
// client: both through the same proxy, which adds latency to every request.
//
//   APIFYCTL=path/to/apifyctl node speed-records.mjs [RECORDS [BYTES [LATENCY-MS]]]
import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ApifyClient } from 'apify-client';

const [records = 2000, bytes = 50_000, latency = 50] = process.argv.slice(2).map(Number);
const work = await mkdtemp(join(tmpdir(), 'apifyctl-speed-'));
process.env.CONFORMANCE_DIR = work;
const { serve } = await import('./program.mjs');
const token = 'speed';
const store = join(work, 'storage', 'key_value_stores', 'speed');
await mkdir(store, { recursive: true });
for (let i = 0; i < records; i++) await writeFile(join(store, `record-${String(i).padStart(6, '0')}.bin`), randomBytes(bytes));
const server = await serve(join(work, 'storage'), token);

const agent = new http.Agent({ keepAlive: true });
const proxy = http.createServer((request, response) => {
    setTimeout(() => {
        const forwarded = http.request(server.url + request.url, { method: request.method, headers: request.headers, agent }, (answer) => {
            // The platform's limit for records, a second; serve's own is none.
            response.writeHead(answer.statusCode, { ...answer.headers, 'x-ratelimit-limit': '200' });
            answer.pipe(response);
        });
        request.pipe(forwarded);
    }, latency);
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const baseUrl = `http://127.0.0.1:${proxy.address().port}`;

async function seconds(work) {
    const start = performance.now();
    await work();
    return (performance.now() - start) / 1000;
}

const ours = await seconds(() => promisify(execFile)(process.env.APIFYCTL, ['kvs', 'export', 'speed', '-o', join(work, 'out')], {
    env: { ...process.env, APIFY_TOKEN: token, APIFY_API_BASE_URL: baseUrl, HOME: work },
}));
console.log(`apifyctl kvs export: ${ours.toFixed(1)} s`);
const client = new ApifyClient({ baseUrl, token }).keyValueStore('~speed');
const theirs = await seconds(async () => {
    let count = 0;
    for await (const { key } of client.listKeys()) {
        const { value } = await client.getRecord(key, { buffer: true });
        if (value.length !== bytes) throw new Error(`${key} has ${value.length} bytes`);
        count++;
    }
    if (count !== records) throw new Error(`${count} records`);
});
console.log(`a loop of getRecord: ${theirs.toFixed(1)} s`);
console.log(`${records} records of ${bytes} bytes, ${latency} ms latency: ${(theirs / ours).toFixed(1)} times as fast`);
proxy.close();
proxy.closeAllConnections();
agent.destroy();
await server.stop();
await rm(work, { recursive: true });
