// The official client, page by page: BASE-URL PAGE-SIZE, JSON Lines to stdout.
import { ApifyClient } from 'apify-client';

const [baseUrl, size] = process.argv.slice(2);
const dataset = new ApifyClient({ baseUrl, token: 'x' }).dataset('bench');
for (let offset = 0; ; offset += Number(size)) {
	const page = await dataset.listItems({ offset, limit: Number(size) });
	const text = page.items.map((item) => JSON.stringify(item) + '\n').join('');
	if (text && !process.stdout.write(text)) await new Promise((done) => process.stdout.once('drain', done));
	if (offset + Number(size) >= page.total) break;
}
