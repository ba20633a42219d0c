package inflate

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	fast "github.com/klauspost/compress/gzip"
)

// texts are of all kinds: blocks of all types, codes of all lengths, matches near
// and far.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, 100_000)
	skewed := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for i := range skewed {
		skewed[i] = byte(min(255, int(r.ExpFloat64()*12)))
	}
	return map[string][]byte{
		"empty": nil, "one byte": {7}, "noise": noise, "skewed": skewed, "items": items(3000),
		"zeros": make([]byte, 300_000), "letters": bytes.Repeat([]byte("a"), 300),
		"period 3": bytes.Repeat([]byte("abc"), 50_000), "period 7": bytes.Repeat([]byte("abcdefg"), 50_000),
		"period 9": bytes.Repeat([]byte("abcdefghi"), 50_000), "period 15": bytes.Repeat([]byte("abcdefghijklmno"), 50_000),
		"far": append(append(bytes.Clone(noise[:32_000]), make([]byte, 700)...), noise[:32_000]...),
	}
}

func items(count int) []byte {
	r := rand.New(rand.NewPCG(5, 6))
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, `{"url":"https://shop.example/p/%d","price":%d.%02d,"name":"%x","tags":["a","b",%d]},`, i, r.IntN(900), r.IntN(100), r.Uint64(), r.IntN(9))
	}
	return []byte(text.String())
}

func packed(t testing.TB, text []byte, level int, header gzip.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err == nil {
		w.Header = header
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGzip(t *testing.T) {
	var d Decoder
	for name, text := range texts() {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			got, err := d.Gzip(nil, packed(t, text, level, gzip.Header{}), len(text))
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s, level %d: %d bytes of %d, %v", name, level, len(got), len(text), err)
			}
		}
	}
}

func TestGzipMembersAndHeaders(t *testing.T) {
	text := items(50)
	var all []byte
	for _, header := range []gzip.Header{{}, {Name: "a name"}, {Comment: "a comment"}, {Extra: []byte("extra"), Name: "n", Comment: "c"}} {
		all = append(all, packed(t, text, 6, header)...)
	}
	// A checksum of the header, which the writer does not make.
	summed := packed(t, text, 6, gzip.Header{})
	summed[3] |= hasHeaderSum
	summed = append(binary.LittleEndian.AppendUint16(bytes.Clone(summed[:10]), headerSum(summed[:10])), summed[10:]...)
	all = append(all, summed...)

	var d Decoder
	got, err := d.Gzip([]byte("before "), all, 0)
	if want := "before " + strings.Repeat(string(text), 5); err != nil || string(got) != want {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
	summed[10]++
	if _, err := d.Gzip(nil, summed, 0); !errors.Is(err, ErrCorrupt) {
		t.Errorf("wrong sum of the header: %v", err)
	}
}

// A member refers to no text before it.
func TestMembersAreApart(t *testing.T) {
	first := packed(t, []byte("abcdefghijklmnop"), 6, gzip.Header{})
	var whole bytes.Buffer
	w, err := flate.NewWriterDict(&whole, 6, []byte("abcdefghijklmnop"))
	if err == nil {
		_, err = w.Write([]byte("abcdefghijklmnop"))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	second := append(append(bytes.Clone(first[:10]), whole.Bytes()...), first[len(first)-8:]...)
	var d Decoder
	if _, err := d.Gzip(nil, append(first, second...), 0); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

func TestCutGzip(t *testing.T) {
	var d Decoder
	for name, text := range map[string][]byte{"dynamic": items(30), "fixed": []byte("abcabcabd"), "stored": texts()["noise"][:300]} {
		whole := packed(t, text, 6, gzip.Header{Extra: []byte{1, 2}, Name: "name"})
		for length := range whole {
			got, err := d.Gzip(nil, whole[:length], 0)
			if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasPrefix(text, got) {
				t.Errorf("%s, %d bytes of %d: %v", name, length, len(whole), err)
			}
		}
		// Another member begins, or something that is none.
		for _, more := range []int{1, 9, 12} {
			if _, err := d.Gzip(nil, append(bytes.Clone(whole), whole[:more]...), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s and %d bytes: %v", name, more, err)
			}
		}
		if _, err := d.Gzip(nil, append(bytes.Clone(whole), make([]byte, 20)...), 0); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s and zeros: %v", name, err)
		}
	}
}

func TestDamagedGzip(t *testing.T) {
	var d Decoder
	r := rand.New(rand.NewPCG(7, 8))
	whole := packed(t, items(300), 6, gzip.Header{})
	for range 3000 {
		damaged := bytes.Clone(whole)
		bit := r.IntN(8 * (len(damaged) - 10))
		damaged[10+bit/8] ^= 1 << (bit % 8)
		if _, err := d.Gzip(nil, damaged, 0); err == nil {
			t.Fatalf("bit %d does not matter", bit)
		}
	}
}

func TestLimit(t *testing.T) {
	var d Decoder
	for name, text := range texts() {
		if len(text) == 0 {
			continue
		}
		src := packed(t, text, 6, gzip.Header{})
		for _, less := range []int{1, 2, len(text) / 2, len(text) - 1} {
			if limit := len(text) - less; less > 0 && limit > 0 {
				got, err := d.Gzip([]byte("x"), src, limit)
				if !errors.Is(err, ErrTooLarge) || len(got) > 1+limit {
					t.Errorf("%s, limit of %d: %d bytes, %v", name, limit, len(got), err)
				}
			}
		}
	}
}

// What a trailer says is believed no further than it can be true.
func TestTextSize(t *testing.T) {
	src := packed(t, make([]byte, 1<<20), 9, gzip.Header{})
	if got := TextSize(src); got != 1<<20 {
		t.Errorf("size is %d", got)
	}
	binary.LittleEndian.PutUint32(src[len(src)-4:], 1<<31)
	if got := TextSize(src); got != 0 {
		t.Errorf("size is %d", got)
	}
	if got := TextSize(src[:17]); got != 0 {
		t.Errorf("size is %d", got)
	}
}

// deflate is the text of a raw deflate stream, and how many bytes of src it took.
func (d *Decoder) deflate(src []byte) (text []byte, used int, err error) {
	d.begin(nil, src, 0)
	err = d.stream()
	return d.out[:d.size], d.next, err
}

func TestDeflateSaysWhereItEnds(t *testing.T) {
	text := items(20)
	whole := packed(t, text, 6, gzip.Header{})
	var d Decoder
	got, used, err := d.deflate(whole[10:])
	if err != nil || !bytes.Equal(got, text) || used != len(whole)-18 {
		t.Errorf("%d bytes from %d, %v", len(got), used, err)
	}
}

// FuzzDeflate takes its input for a compressed stream.
func FuzzDeflate(f *testing.F) {
	for _, text := range texts() {
		text = text[:min(len(text), 2000)]
		for _, level := range []int{gzip.HuffmanOnly, 0, 1, 9} {
			src := packed(f, text, level, gzip.Header{})
			f.Add(src[10 : len(src)-8])
		}
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<16 { // 64 MB of text at most
			return
		}
		got, used, err := d.deflate(src)
		rest := bufio.NewReader(bytes.NewReader(src))
		want, wantErr := io.ReadAll(flate.NewReader(rest))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("error is %v, want one like %v", err, wantErr)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) != errors.Is(wantErr, io.ErrUnexpectedEOF) {
			t.Errorf("error is %v, want one like %v", err, wantErr)
		}
		if err != nil {
			return
		}
		left, err := io.ReadAll(rest)
		if err != nil || !bytes.Equal(got, want) || used != len(src)-len(left) {
			t.Errorf("%d bytes from %d, want %d from %d", len(got), used, len(want), len(src)-len(left))
		}
	})
}

// FuzzGzip takes its input for text.
func FuzzGzip(f *testing.F) {
	for _, text := range texts() {
		f.Add(text[:min(len(text), 5000)], 6, uint16(1000))
	}
	var d Decoder
	var out []byte
	f.Fuzz(func(t *testing.T, text []byte, level int, limit uint16) {
		level = gzip.HuffmanOnly + int(uint(level)%12)
		src := packed(t, text, level, gzip.Header{})
		var err error
		if out, err = d.Gzip(out[:0], src, 0); err != nil || !bytes.Equal(out, text) {
			t.Fatalf("%d bytes of %d, %v", len(out), len(text), err)
		}
		if _, err := d.Gzip(nil, src, int(limit)+1); (err == nil) != (len(text) <= int(limit)+1) {
			t.Errorf("%d bytes with a limit of %d: %v", len(text), int(limit)+1, err)
		}
	})
}

func BenchmarkGzip(b *testing.B) {
	all := texts()
	all["items"] = items(25_000)
	for name, text := range all {
		if len(text) < 1<<16 {
			continue
		}
		src := packed(b, text, 6, gzip.Header{})
		b.Run(name+"/whole", func(b *testing.B) {
			var d Decoder
			out := make([]byte, 0, len(text)+Slack)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := d.Gzip(out, src, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/klauspost", func(b *testing.B) {
			var z fast.Reader
			out := make([]byte, len(text))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				err := z.Reset(bytes.NewReader(src))
				if err == nil {
					_, err = io.ReadFull(&z, out)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
