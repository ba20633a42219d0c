// The Actor of python/crawl.py in JavaScript.
import { Actor } from 'apify';
import { BasicCrawler } from 'crawlee';

const { CRAWL_NAME: name, CRAWL_LOCK_SECS: lockSecs } = process.env;

await Actor.init();
const { start } = await Actor.getInput();
const headers = name ? { 'user-agent': name } : {};
const shared = {};
if (name) { // one of several, with locks that expire soon
    shared.maxConcurrency = 1;
    shared.requestQueue = await Actor.openRequestQueue();
    Object.defineProperty(shared.requestQueue, 'requestLockSecs', { get: () => Number(lockSecs), set() {} });
    await fetch(new URL('/ready', start), { headers });
}
const crawler = new BasicCrawler({
    ...shared,
    async requestHandler({ request, addRequests }) {
        const html = await (await fetch(request.url, { headers })).text();
        const item = { url: request.url, title: html.match(/<title>(.*)<\/title>/)[1] };
        await Actor.setValue(`page-${new URL(request.url).pathname.slice(1)}`, item);
        await addRequests([...html.matchAll(/href="([^"]*)"/g)].map(([, path]) => ({ url: new URL(path, request.url).href })));
        await Actor.pushData(item);
    },
});
await crawler.run([start]);
await Actor.setValue('OUTPUT', { finished: true });
await Actor.setStatusMessage('crawled it all');
await Actor.exit({ exit: true });
