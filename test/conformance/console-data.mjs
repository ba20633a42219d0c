// A directory as a crawl leaves it, with failed requests and what strangers wrote.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const markup = '<img src=x onerror="window.hit=1"><b>bold<';

const requestID = (key) => createHash('sha256').update(key).digest('base64').replace(/[+/=]/g, '').slice(0, 15);

/** A request as Crawlee for JavaScript keeps it. state: handled, failed, locked, pending. */
function request(i, state) {
    const url = `https://shop.example/p/${1000 + i}`;
    const handled = state === 'handled' || state === 'failed';
    const errors = ['Error: Navigation timed out after 60 seconds.\n    at goto (utils.js:264:17)', `Error: Request blocked - received 403 status code, ${i}.\n    at crawl (crawler.js:744:19)`];
    const value = {
        id: requestID(url), url, uniqueKey: url, method: 'GET', retryCount: state === 'failed' ? 3 : 0,
        errorMessages: state === 'failed' ? errors : [], headers: {}, userData: { label: 'DETAIL', note: markup, __crawlee: { state: state === 'failed' ? 6 : 4 } },
        ...(handled && { handledAt: new Date(1.76e12 + i * 1000).toISOString() }),
    };
    const orderNo = handled ? null : state === 'locked' ? Date.now() + 3600e3 : 1.7e12 + i;
    return { id: value.id, json: JSON.stringify(value), method: 'GET', orderNo, retryCount: value.retryCount, uniqueKey: url, url };
}

export const products = Array.from({ length: 250 }, (_, i) => ({
    url: `https://shop.example/p/${1000 + i}`, name: `Lamp ${i + 1}`, price: { amount: 10 + i, currency: 'EUR' },
    rating: i % 7 ? (i % 50) / 10 : null, inStock: i % 3 > 0, tags: ['home', 'light'],
}));

/** Writes the directory. */
export async function fill(dir) {
    const put = async (path, content) => {
        const file = join(dir, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
    };
    const item = (i) => `${String(i + 1).padStart(9, '0')}.json`;
    for (const [i, product] of products.entries()) await put(`datasets/products/${item(i)}`, product);
    await put(`datasets/default/${item(0)}`, `{"title":${JSON.stringify(markup)},"big":12345678901234567890,"one":1.0,"<i>x</i>":true}`);
    await put(`datasets/${markup.replace(/[/"]/g, '')}/${item(0)}`, { n: 1 });
    const states = [...Array(20).fill('handled'), ...Array(3).fill('failed'), ...Array(5).fill('pending'), 'locked'];
    for (const [i, state] of states.entries()) {
        const one = request(i, state);
        await put(`request_queues/default/${one.id}.json`, one);
    }
    await put('key_value_stores/default/INPUT.json', '{"maxPages": 100, "price": 1.0}');
    await put('key_value_stores/default/notes.txt', `${markup}\nsecond line`);
    await put('key_value_stores/default/model.bin', Buffer.from(Array.from({ length: 64 }, (_, i) => i)));
    await put('key_value_stores/default/logo.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="120" onload="window.hit=1"><rect width="240" height="120"/></svg>');
    return put;
}
