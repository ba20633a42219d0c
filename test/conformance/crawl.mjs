// The Actor of python/crawl.py in JavaScript.
import { Actor } from 'apify';
import { BasicCrawler } from 'crawlee';

await Actor.init();
const { start } = await Actor.getInput();
const crawler = new BasicCrawler({
    async requestHandler({ request, addRequests }) {
        const html = await (await fetch(request.url)).text();
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
