// Records that browsers play or show as documents, in a real Chromium; and those
// that only say that they are such.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { launch, open, wrong } from './browser.mjs';
import { fill, products } from './console-data.mjs';
import { exported, folder } from './program.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** A tone of so many seconds. */
function wave(seconds) {
    const rate = 8000;
    const file = Buffer.alloc(44 + seconds * rate * 2);
    file.write('RIFF', 0);
    file.writeUInt32LE(file.length - 8, 4);
    file.write('WAVEfmt ', 8);
    [[16, 16], [20, 1 + (1 << 16)], [24, rate], [28, rate * 2], [32, 2 + (16 << 16)]].forEach(([at, value]) => file.writeUInt32LE(value, at));
    file.write('data', 36);
    file.writeUInt32LE(file.length - 44, 40);
    for (let at = 44; at < file.length; at += 2) file.writeInt16LE(Math.round(8000 * Math.sin(at / 10)), at);
    return file;
}

/** A page with a word and a form on it, and what is to happen when it is opened. */
function document(action) {
    const content = 'BT /F 24 Tf 40 120 Td (Hello) Tj ET';
    const objects = [
        `<< /Type /Catalog /Pages 2 0 R /OpenAction ${action} /AcroForm << /Fields [6 0 R] >> >>`,
        '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> /Annots [6 0 R] >>',
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
        '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
        '<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (b) /Rect [20 20 120 40] /P 3 0 R /F 4 >>',
    ];
    let text = '%PDF-1.7\n';
    const places = objects.map((object, i) => {
        const place = text.length;
        text += `${i + 1} 0 obj\n${object}\nendobj\n`;
        return `${String(place).padStart(10, '0')} 00000 n \n`;
    });
    return `${text}xref\n0 7\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
}

const script = (code) => `<< /S /JavaScript /JS (${code.replace(/[()\\]/g, '\\$&')}) >>`;

async function storeOn(t, files) {
    const dir = await folder('console-media');
    const put = await fill(dir);
    for (const [name, content] of Object.entries(files)) await put(`key_value_stores/default/${name}`, content);
    const server = await open(['--local', dir]);
    t.after(() => server.stop());
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    t.after(() => page.close());
    await page.goto(server.link);
    await page.getByRole('link', { name: 'products' }).waitFor();
    const show = async (key) => {
        await page.goto(`${server.url}/storage/key-value-stores/~default?key=${key}`);
        await page.getByRole('region', { name: key }).waitFor();
    };
    return { dir, put, server, page, show };
}

test('sound and films play, from any place in them', async (t) => {
    const { page, put, show, server } = await storeOn(t, { 'sound.wav': wave(300), 'untrue.mp4': '<html><script>top.hit = 1</script>' });
    const parts = [];
    page.on('response', (response) => { if (response.url().includes('/_console/view/')) parts.push(`${response.status()} ${response.headers()['content-range']}`); });
    await show('sound');
    const sound = page.getByRole('region', { name: 'sound' }).locator('audio');
    const length = await sound.evaluate((player) => new Promise((resolve) => {
        const seek = () => { player.currentTime = 280; };
        player.addEventListener('seeked', () => resolve([player.duration, player.currentTime]), { once: true });
        if (player.readyState > 0) seek();
        else player.addEventListener('loadedmetadata', seek, { once: true });
    }));
    assert.deepEqual(length, [300, 280]);
    assert.ok(parts.some((part) => /^206 bytes 0-/.test(part)), `${parts}`);
    assert.deepEqual(await wrong(page), []);

    await page.goto(`${server.url}/_console/none`); // the page's own policy forbids what records a film
    const film = await page.evaluate(() => new Promise((resolve) => {
        const canvas = document.createElement('canvas');
        Object.assign(canvas, { width: 64, height: 48 });
        const context = canvas.getContext('2d');
        const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' });
        recorder.ondataavailable = async ({ data }) => resolve([...new Uint8Array(await data.arrayBuffer())]);
        recorder.start();
        let frames = 0;
        const draw = () => {
            context.fillStyle = `rgb(${frames * 9}, 80, 120)`;
            context.fillRect(0, 0, 64, 48);
            if (++frames < 25) requestAnimationFrame(draw);
            else recorder.stop();
        };
        draw();
    }));
    await put('key_value_stores/default/film.webm', Buffer.from(film));
    await show('film');
    await page.waitForFunction(() => document.querySelector('video')?.videoWidth === 64);
    await show('untrue');
    await page.getByText('This browser cannot play it.').waitFor();
    assert.equal(await page.evaluate(() => window.hit), undefined);
});

test('PDF is shown, and reaches nothing', async (t) => {
    const seen = [];
    const evil = createServer((request, response) => { seen.push(request.url); response.end('x'); });
    await new Promise((resolve) => { evil.listen(0, '127.0.0.1', resolve); });
    t.after(() => evil.close());
    const there = `http://127.0.0.1:${evil.address().port}`;
    const { dir, put, page, show, server } = await storeOn(t, {
        'address.pdf': document(`<< /S /URI /URI (${there}/address) >>`),
        'form.pdf': document(`<< /S /SubmitForm /F << /FS /URL /F (${there}/form) >> /Flags 4 >>`),
        'untrue.pdf': `<!doctype html><script>parent.hit = 1; fetch('/v2/datasets/~products', { method: 'DELETE' })</script><img src="${there}/image">`,
    });
    await put('key_value_stores/default/script.pdf', document(script(
        `app.launchURL("${there}/launch", true); this.submitForm("${there}/submitted"); this.submitForm("${server.url}/v2/datasets/~products/items"); getURL("${there}/got");`)));
    for (const key of ['address', 'form', 'script']) {
        const viewer = page.waitForEvent('framenavigated', (frame) => frame.url().startsWith('chrome-extension:'));
        await show(key);
        await viewer;
    }
    await show('untrue');
    await page.waitForTimeout(500);
    assert.deepEqual(seen, []);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(new URL(page.url()).origin, server.url);
    assert.equal((await exported(dir, 'products')).length, products.length);
});
