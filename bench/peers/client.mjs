// The official client's iterator over items: BASE-URL PAGE-SIZE, JSON Lines to
// stdout.
import { ApifyClient } from 'apify-client';

const [baseUrl, size] = process.argv.slice(2);
const dataset = new ApifyClient({ baseUrl, token: 'x' }).dataset('bench');
let text = '';
const flush = async () => {
	const drained = process.stdout.write(text);
	text = '';
	if (!drained) await new Promise((done) => process.stdout.once('drain', done));
};
for await (const item of dataset.listItems({ chunkSize: Number(size) })) {
	text += JSON.stringify(item) + '\n';
	if (text.length > 1 << 20) await flush();
}
await flush();
