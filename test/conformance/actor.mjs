// An Actor as a user would write it: it crawls a web site and stores what it
// finds in its default storages and in named ones. Where these are it learns
// from its environment alone.
import { Actor } from 'apify';
import { CheerioCrawler } from 'crawlee';

await Actor.init();
const { startUrls, maxItems } = await Actor.getInput();
const products = await Actor.openDataset('products');
const pages = await Actor.openKeyValueStore('pages');
const queue = await Actor.openRequestQueue();
const state = await Actor.useState('STATE', { seen: 0 });

const crawler = new CheerioCrawler({
    requestQueue: queue,
    maxRequestRetries: 2,
    maxConcurrency: 4,
    async requestHandler({ request, $, body, enqueueLinks }) {
        const title = $('title').text();
        state.seen++;
        await Actor.pushData({ url: request.url, title, label: request.label ?? null });
        if (request.label === 'product') {
            await products.pushData({ sku: new URL(request.url).pathname.slice(1), price: Number($('.price').text()) });
        }
        await pages.setValue(`page-${new URL(request.url).pathname.replaceAll('/', '_')}`, body, { contentType: 'text/html' });
        await enqueueLinks({ selector: 'a.product', label: 'product' });
        await enqueueLinks({ selector: 'a.next' });
    },
    async failedRequestHandler({ request }, error) {
        await Actor.pushData({ url: request.url, error: error.message, retries: request.retryCount });
    },
});
await crawler.run(startUrls);

await Actor.setValue('OUTPUT', { seen: state.seen, maxItems });
await Actor.setValue('chart.svg', Buffer.from('<svg/>'), { contentType: 'image/svg+xml' });
const { items } = await (await Actor.openDataset()).getData({ limit: maxItems, desc: true });
const keys = [];
await pages.forEachKey((key) => keys.push(key));
await Actor.setValue('SUMMARY', { newest: items.length, keys: keys.length, handled: (await queue.getInfo()).handledRequestCount });
await Actor.setStatusMessage('crawled it all', { isStatusMessageTerminal: true });
await Actor.exit({ exitCode: 0 });
